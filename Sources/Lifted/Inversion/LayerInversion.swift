import Proximal
import Tensors

/// The stable inversion of one layer, convex in the unknown `u`:
///
///     min_u  c B_Psi(f, A u + b) + alpha J(u)
///
/// Its gradient `c A^*(sigma(A u + b) - f)` needs no derivative of the activation. It is the ``Energy`` of a
/// network of one layer with `theta` and `x_1 = f` clamped and `x_0 = u` free: see ``energy``.
/// A batch has one measurement in each row; rows are problems of their own.
///
/// Source: Wang and Benning, Frontiers in Applied Mathematics and Statistics 9:1176850, 2023.
public struct LayerInversion<S: TensorScalar>: Sendable {
  /// The layer; its own regulariser must be `nil`.
  public let layer: Layer
  /// The layer's parameters.
  public let theta: [Tensor<S>]
  /// `f`, one measurement in each row, inside the domain of `Psi`.
  public let measurements: Tensor<S>
  /// `alpha J`.
  public let penalty: InputPenalty
  /// `c`.
  public let normalisation: Normalisation
  /// `||A||^2`, a few per cent too much rather than too little.
  public let squaredNorm: Double
  /// `J`.
  let regulariser: any Regulariser
  /// `f`, or `f` and the residuals that Bregman iterations have added back.
  let target: Tensor<S>
  /// Places of measurements that are left out of the gradient; for cross-validation.
  private(set) var withheld: [Int] = []

  /// What the fidelity is divided by.
  public enum Normalisation: String, Sendable, CaseIterable {
    /// `c = 1 / outputs`, the mean over outputs. For a rectifier the same as dividing `W`, `b` and `f` by the
    /// square root of the number of outputs; published `alpha`s mean this one.
    case mean
    /// `c = 1`.
    case sum
  }

  /// - Parameters:
  ///   - layer: any stage and activation.
  ///   - theta: the parameters of the stage, in its order.
  ///   - measurements: one in each row; see ``MeasurementPreparation`` for those with noise.
  ///   - penalty: `alpha J`.
  ///   - normalisation: `c`.
  ///   - pool: for the norm of `A`, some 40 power iterations.
  /// - Throws: ``SolverError`` for shapes that do not fit, a `J` that does not take the unknown's rows, a
  ///   layer with a regulariser, or a measurement outside the range: there the objective is infinite.
  public init(
    _ layer: Layer, theta: [Tensor<S>], measurements: Tensor<S>, _ penalty: InputPenalty,
    normalisation: Normalisation = .mean, on pool: WorkerPool
  ) throws(SolverError) {
    guard layer.regulariser == nil else {
      throw .unsuitable("a layer with a regulariser of its own cannot be inverted; leave it out")
    }
    try Self.check(layer.stage, theta, measurements)
    try penalty.check(inputs: layer.stage.inputs)
    guard let regulariser = penalty.regulariser else {
      throw .unsuitable(
        "\(type(of: penalty.prior)) has no value, which the solvers of a single layer compare; invert by "
          + "SweepInversion, the rule sweep")
    }
    let psi = rowValues(measurements, measurements, on: pool) { y, _, count in
      layer.activation.value(of: y, count: count)
    }
    if let row = psi.firstIndex(where: { !$0.isFinite }) {
      throw .unsuitable(
        "measurement \(row) has a number outside the range of \(type(of: layer.activation)), so that "
          + "the objective is infinite; prepare it by MeasurementPreparation")
    }
    var vector = Tensor<S>(shape: [layer.stage.inputs])
    let norm = layer.stage.squaredNorm(theta, vector: &vector, iterations: 40, on: pool)
    (self.layer, self.theta, self.penalty) = (layer, theta, penalty)
    self.regulariser = regulariser
    (self.measurements, target) = (measurements, measurements)
    (self.normalisation, squaredNorm) = (normalisation, 1.03 * Double(norm))
  }

  private static func check(
    _ stage: any AffineStage, _ theta: [Tensor<S>], _ measurements: Tensor<S>
  ) throws(SolverError) {
    guard theta.count == stage.parameters.count else {
      throw .unsuitable(
        "\(theta.count) parameters for a stage of \(stage.parameters.count); give one tensor each")
    }
    for (parameter, tensor) in zip(stage.parameters, theta) where parameter.shape != tensor.shape {
      throw .shape(
        .mismatch(
          what: "parameter '\(parameter.name)'", expected: parameter.shape, found: tensor.shape))
    }
    let expected = [measurements.rows, stage.outputs]
    guard measurements.shape == expected else {
      throw .shape(.mismatch(what: "measurements", expected: expected, found: measurements.shape))
    }
    guard measurements.isFinite, theta.allSatisfy(\.isFinite) else {
      throw .unsuitable("measurements or weights hold numbers that are not finite; mend the data")
    }
  }

  private init(
    _ other: Self, measurements: Tensor<S>, target: Tensor<S>, _ penalty: InputPenalty
  ) {
    (layer, theta, normalisation) = (other.layer, other.theta, other.normalisation)
    (squaredNorm, regulariser, self.penalty) = (other.squaredNorm, other.regulariser, penalty)
    (self.measurements, self.target) = (measurements, target)
  }
}

extension LayerInversion {
  /// `c`.
  public var scale: Double { normalisation == .mean ? 1 / Double(layer.stage.outputs) : 1 }
  /// `alpha`.
  public var alpha: Double { penalty.alpha }
  /// `alpha / c`, what `alpha` is where `B` is not normalised, as in the error estimate.
  public var effectiveAlpha: Double { alpha / scale }
  /// Measurements.
  public var rows: Int { measurements.rows }
  /// Numbers in an unknown.
  public var inputs: Int { layer.stage.inputs }

  /// The same problem with another `alpha`, `> 0`.
  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public func with(alpha: Double) throws(SolverError) -> Self {
    let penalty = try InputPenalty(alpha: alpha, regulariser)
    return Self(self, measurements: measurements, target: target, penalty)
  }

  /// The problem of some of the measurements.
  public func rows(_ range: Range<Int>) -> Self {
    Self(
      self, measurements: measurements.rows(range), target: target.rows(range), penalty)
  }

  /// The problem without some numbers of each measurement. Solvers that take the gradient from ``pull(_:on:)`` heed
  /// it; values and gaps are those of all.
  func withholding(_ places: [Int]) -> Self {
    var problem = self
    problem.withheld = places
    return problem
  }

  /// The problem whose fidelity is tilted: `c B(f, z) - c <shift, z>`.
  func tilted(by shift: Tensor<S>) -> Self {
    var target = measurements
    target.combine(1, 1, shift)
    return Self(self, measurements: measurements, target: target, penalty)
  }

  /// The energy of which this is the block of the input; its value is the mean of the objectives of all rows.
  public var energy: Energy {
    get throws(SolverError) {
      try Energy(
        try Network([layer]), weights: [scale], weightPenalty: .none, inputPenalty: penalty)
    }
  }

  /// `z = A u + b`.
  public func preactivation(at u: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
    layer.preactivation(theta, u, on: pool)
  }

  /// `sigma(A u + b)`, what an unknown would measure as.
  public func output(at u: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
    preactivation(at: u, on: pool).activated(by: layer.activation, on: pool)
  }

  /// `c A^*(sigma(A u + b) - f)`, the gradient of the fidelity. Cost: a product and an adjoint.
  public func gradient(at u: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
    pull(output(at: u, on: pool), on: pool)
  }

  /// `c A^*(y - f)`.
  func pull(_ y: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
    var residual = y
    residual.combine(S(scale), S(-scale), target)
    for row in 0..<(withheld.isEmpty ? 0 : rows) {
      for place in withheld { residual[row, place] = 0 }
    }
    var u = Tensor<S>(shape: [residual.rows, inputs])
    layer.stage.adjoint(theta, of: residual, into: &u, on: pool, finish: nil)
    return u
  }

  /// The terms of the objective of each row. Cost: a product, and what `J` costs.
  public func values(at u: Tensor<S>, on pool: WorkerPool) -> [InversionValue] {
    values(at: u, preactivation: preactivation(at: u, on: pool), on: pool)
  }

  func values(
    at u: Tensor<S>, preactivation z: Tensor<S>, on pool: WorkerPool
  ) -> [InversionValue] {
    let fidelities = rowValues(measurements, z, on: pool) { y, z, count in
      layer.activation.bregman(y, z, count: count)
    }
    let penalties = penalty.values(of: u, on: pool)
    return zip(fidelities, penalties).map {
      InversionValue(fidelity: $0, penalty: $1, scale: scale)
    }
  }
}

/// The objective of one measurement, term by term.
public struct InversionValue: Sendable, Equatable {
  /// `B_Psi(f, A u + b)`, not normalised.
  public let fidelity: Double
  /// `alpha J(u)`.
  public let penalty: Double
  /// `c`.
  public let scale: Double

  /// `c B + alpha J`.
  public var objective: Double { scale * fidelity + penalty }
}
