import Tensors

/// The term `R(theta)` on the weights of each layer: decay and, if asked for, a norm constraint.
///
///     R(W) = decay/2 ||W||_F^2  +  indicator of ||W||_F <= radius
///
/// Without it the infimum of the lifted energy is 0 for any targets (let a hidden state shrink and the
/// next weights grow), so the default is not zero. Offsets are free.
public struct WeightPenalty: Sendable, Equatable, Codable {
  /// `decay >= 0`.
  public let decay: Double
  /// The radius of the Frobenius ball for each layer, `> 0`; `nil` for none.
  public let radius: Double?

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(decay: Double = 1e-4, radius: Double? = nil) throws(SolverError) {
    guard decay >= 0, decay.isFinite else {
      throw .outOfRange(parameter: "decay", value: decay, admissible: "a finite number, at least 0")
    }
    if let radius { try SolverError.requirePositive(radius, "radius") }
    (self.decay, self.radius) = (decay, radius)
  }

  /// - Throws: `DecodingError`, or ``SolverError`` for values that ``init(decay:radius:)`` refuses.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      decay: container.decode(Double.self, forKey: .decay),
      radius: container.decodeIfPresent(Double.self, forKey: .radius))
  }

  private init(decay: Double) { (self.decay, radius) = (decay, nil) }

  /// Decay `1e-4`, no constraint.
  public static let standard = WeightPenalty(decay: 1e-4)
  /// No penalty: the lifted energy of persistent states is then degenerate.
  public static let none = WeightPenalty(decay: 0)

  /// The factor of the proximal step of the decay, `1 / (1 + step decay)`.
  public func shrinkage(step: Double) -> Double { 1 / (1 + step * decay) }

  /// `R` of one layer; `+infinity` outside the ball.
  public func value<S: TensorScalar>(of theta: [Tensor<S>], _ stage: any AffineStage) -> Double {
    let square = squaredNorm(theta, stage)
    if let radius, square.squareRoot() > radius * (1 + 1e-5) { return .infinity }
    return decay / 2 * square
  }

  func shrink<S: TensorScalar>(
    _ theta: inout [Tensor<S>], _ stage: any AffineStage, step: Double
  ) {
    guard decay > 0 else { return }
    scale(&theta, stage, by: S(shrinkage(step: step)))
  }

  /// Projects onto the ball.
  func project<S: TensorScalar>(_ theta: inout [Tensor<S>], _ stage: any AffineStage) {
    guard let radius else { return }
    let norm = squaredNorm(theta, stage).squareRoot()
    if norm > radius { scale(&theta, stage, by: S(radius / norm)) }
  }

  private func squaredNorm<S: TensorScalar>(
    _ theta: [Tensor<S>], _ stage: any AffineStage
  ) -> Double {
    zip(theta, stage.parameters).reduce(0) { sum, pair in
      pair.1.fanIn > 0 ? sum + pair.0.squaredNorm : sum
    }
  }

  private func scale<S: TensorScalar>(
    _ theta: inout [Tensor<S>], _ stage: any AffineStage, by factor: S
  ) {
    for (index, parameter) in stage.parameters.enumerated() where parameter.fanIn > 0 {
      theta[index].scale(by: factor)
    }
  }
}
