import Tensors

/// One step of the dual forward-backward algorithm for `min_x 1/2 ||x - d||^2 + g(L x)`, as a stage:
///
///     (u, d) -> (u - tau L (L^* u - d), d)
///
/// to be followed by the proximal map of `tau g^*` beside the identity: `Clip.dualBall(nu:)` for
/// `g = nu ||.||_1`. `d` is the data, carried along; the picture is `d - L^* u`. Adjoint and analysis are
/// tied (`L^*` is the adjoint of `L`), so the stage is quadratic in its parameters.
///
/// Shapes: `u` has the outputs of `L`, `d` its inputs. Converges for `tau < 2/||L||^2`.
/// Source: Combettes, Dung and Vu, 2010, for the algorithm; Le et al., arXiv 2308.03139, unrolled.
public struct DualForwardBackward: UnrolledStage {
  /// `L`, without an offset.
  public let analysis: any AffineStage
  /// `tau`, `> 0`.
  public let step: Double

  /// - Throws: ``SolverError`` unless `step > 0`.
  public init(_ analysis: any AffineStage, step: Double) throws(SolverError) {
    try SolverError.requirePositive(step, "step")
    try SolverError.requireLinear(analysis)
    (self.analysis, self.step) = (analysis, step)
  }

  /// `u`, then `d`.
  public var inputs: Int { analysis.outputs + analysis.inputs }
  /// `u`, then `d`.
  public var outputs: Int { inputs }
  /// Those of `L`.
  public var parameters: [ParameterShape] { analysis.parameters }
  /// Not: `L` enters twice.
  public var isAffineInParameters: Bool { false }

  private var dual: Range<Int> { 0..<analysis.outputs }
  private var data: Range<Int> { analysis.outputs..<inputs }

  /// `z <- (u - tau L (L^* u - d), d)`. Cost: `L^*` and `L`.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let change = analysis.applied(theta, to: residual(theta, x, pool), on: pool)
    z.setColumns(from: 0, to: x, on: pool)
    z.addColumns(from: 0, S(-step), change, on: pool)
    if let finish { z.forEachBand(on: pool, finish) }
  }

  /// With `s = L^* r_u`: `(r_u - tau L s, r_d + tau s)`. Cost: `L^*` and `L`.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let s = analysis.adjointed(theta, of: r.columns(dual, on: pool), on: pool)
    u.setColumns(from: 0, to: r, on: pool)
    u.addColumns(from: 0, S(-step), analysis.applied(theta, to: s, on: pool), on: pool)
    u.addColumns(from: data.lowerBound, S(step), s, on: pool)
    if let finish { u.forEachBand(on: pool, finish) }
  }

  /// The gradient is `-tau (r_u (L^* u - d)^* + u (L^* r_u)^*)`: that of `L` for the residuals
  /// `-tau r_u` over `-tau u`, at inputs `L^* u - d` over `L^* r_u`.
  public func gradientFactors<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, at x: Tensor<S>, on pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>) {
    let ru = r.columns(dual, on: pool)
    let s = analysis.adjointed(theta, of: ru, on: pool)
    return (
      ru.stacked(over: x.columns(dual, on: pool)).scaled(by: S(-step)),
      residual(theta, x, pool).stacked(over: s)
    )
  }

  /// `L^* u - d`.
  private func residual<S: TensorScalar>(
    _ theta: [Tensor<S>], _ x: Tensor<S>, _ pool: WorkerPool
  ) -> Tensor<S> {
    var v = analysis.adjointed(theta, of: x.columns(dual, on: pool), on: pool)
    v.combine(1, -1, x.columns(data, on: pool))
    return v
  }

  /// Not known: the curvature depends on `L`. Methods that need it refuse the stage.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S { .infinity }
}
