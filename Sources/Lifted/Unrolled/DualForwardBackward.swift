import Tensors

/// One step of the dual forward-backward algorithm for `min_x 1/2 ||x - d||^2 + g(L x)`, as a stage:
///
///     (u, d) -> (u - tau L (S u - d), d)
///
/// to be followed by the proximal map of `tau g^*` beside the identity: `Clip.dualBall(nu:)` for
/// `g = nu ||.||_1`. `d` is the data, carried along; the picture is `d - S u`. `S` is the adjoint of `L`, so
/// that the stage is quadratic in its parameters, or a map of its own, and then bilinear.
///
/// Shapes: `u` has the outputs of `L`, `d` its inputs. With `S = L^*` converges for `tau < 2/||L||^2`.
/// Source: Combettes, Dung and Vu, 2010, for the algorithm; Le et al., arXiv 2308.03139, unrolled, with
/// `S = L^*` (learned normalised operator) and without (learned free operators).
public struct DualForwardBackward: UnrolledStage {
  /// `L`, without an offset; where `S` is a map of its own, the two side by side.
  public let analysis: any AffineStage
  /// `tau`, `> 0`.
  public let step: Double

  private let forward: any AffineStage
  private let back: (any AffineStage)?

  /// - Parameters:
  ///   - analysis: `L`.
  ///   - synthesis: `S`; `nil` for the adjoint of `L`.
  ///   - step: `tau`.
  /// - Throws: ``SolverError`` unless `step > 0`, maps are without offset and `S` leads back.
  public init(
    _ analysis: any AffineStage, synthesis: (any AffineStage)? = nil, step: Double
  ) throws(SolverError) {
    try SolverError.requirePositive(step, "step")
    try SolverError.requireLinear(analysis)
    if let synthesis {
      try SolverError.requireLinear(synthesis)
      guard synthesis.inputs == analysis.outputs, synthesis.outputs == analysis.inputs else {
        throw .unsuitable(
          "the synthesis maps \(synthesis.inputs) to \(synthesis.outputs) numbers, the analysis "
            + "\(analysis.inputs) to \(analysis.outputs); one must lead back from the other")
      }
    }
    (forward, back, self.step) = (analysis, synthesis, step)
    self.analysis = synthesis.map { StagePair.parallel(analysis, $0) } ?? analysis
  }

  /// Numbers of `u`.
  public var features: Int { forward.outputs }
  /// `u`, then `d`.
  public var inputs: Int { forward.outputs + forward.inputs }
  /// `u`, then `d`.
  public var outputs: Int { inputs }
  /// Those of `L`, then those of `S` if it is a map of its own.
  public var parameters: [ParameterShape] { analysis.parameters }
  /// Not: `L` enters twice, or `L` times `S`.
  public var isAffineInParameters: Bool { false }

  private var dual: Range<Int> { 0..<features }
  private var data: Range<Int> { features..<inputs }

  /// `z <- (u - tau L (S u - d), d)`. Cost: `S` and `L`.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let change = forward.applied(forwardPart(theta), to: residual(theta, x, pool), on: pool)
    z.setColumns(from: 0, to: x, on: pool)
    z.addColumns(from: 0, S(-step), change, on: pool)
    if let finish { z.forEachBand(on: pool, finish) }
  }

  /// With `s = L^* r_u`: `(r_u - tau S^* s, r_d + tau s)`. Cost: `L^*` and `S^*`.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let s = pulledBack(theta, r.columns(dual, on: pool), pool)
    let change =
      back?.adjointed(backPart(theta), of: s, on: pool) ?? forward.applied(theta, to: s, on: pool)
    u.setColumns(from: 0, to: r, on: pool)
    u.addColumns(from: 0, S(-step), change, on: pool)
    u.addColumns(from: data.lowerBound, S(step), s, on: pool)
    if let finish { u.forEachBand(on: pool, finish) }
  }

  /// The gradient is `-tau r_u (S u - d)^*` in `L` and `-tau (L^* r_u) u^*` in `S`. Two maps take the
  /// residuals and inputs side by side; one that is tied the residuals `r_u` over `u`, at inputs
  /// `S u - d` over `L^* r_u`.
  public func gradientFactors<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, at x: Tensor<S>, on pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>) {
    let (ru, u) = (r.columns(dual, on: pool), x.columns(dual, on: pool))
    let (v, s) = (residual(theta, x, pool), pulledBack(theta, ru, pool))
    guard back != nil else {
      return (ru.stacked(over: u).scaled(by: S(-step)), v.stacked(over: s))
    }
    return (ru.beside(s, on: pool).scaled(by: S(-step)), v.beside(u, on: pool))
  }

  /// `S u - d`.
  private func residual<S: TensorScalar>(
    _ theta: [Tensor<S>], _ x: Tensor<S>, _ pool: WorkerPool
  ) -> Tensor<S> {
    let u = x.columns(dual, on: pool)
    var v =
      back?.applied(backPart(theta), to: u, on: pool) ?? forward.adjointed(theta, of: u, on: pool)
    v.combine(1, -1, x.columns(data, on: pool))
    return v
  }

  /// `L^* r_u`.
  private func pulledBack<S: TensorScalar>(
    _ theta: [Tensor<S>], _ r: Tensor<S>, _ pool: WorkerPool
  ) -> Tensor<S> {
    forward.adjointed(forwardPart(theta), of: r, on: pool)
  }

  private func forwardPart<S: TensorScalar>(_ theta: [Tensor<S>]) -> [Tensor<S>] {
    Array(theta.prefix(forward.parameters.count))
  }

  private func backPart<S: TensorScalar>(_ theta: [Tensor<S>]) -> [Tensor<S>] {
    Array(theta.dropFirst(forward.parameters.count))
  }

  /// Not known: the curvature depends on `L`. Methods that need it refuse the stage.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S { .infinity }
}
