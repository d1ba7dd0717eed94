import Tensors

/// The dual half of a primal-dual step as a stage:
///
///     (x', x, u, c) -> (x', u + sigma L ((1 + t) x' - t x), c)
///
/// to be followed by the proximal map of `sigma g^*` on `u`, `Clip.dualBall(nu:)` for `g = nu ||.||_1`,
/// between two identities. `t = 1` is the plain extrapolation; below 1 the strongly convex variant's.
///
/// Source: Chambolle and Pock 2011; Condat 2013; Vu 2013.
public struct DualStep: UnrolledStage {
  /// `L`, without an offset.
  public let analysis: any AffineStage
  /// `sigma`, `> 0`.
  public let step: Double
  /// `t`, `0 <= t <= 1`.
  public let extrapolation: Double

  /// - Throws: ``SolverError`` unless `step > 0` and `0 <= extrapolation <= 1`.
  public init(
    _ analysis: any AffineStage, step: Double, extrapolation: Double = 1
  ) throws(SolverError) {
    try SolverError.requirePositive(step, "step")
    try SolverError.requireLinear(analysis)
    guard extrapolation >= 0, extrapolation <= 1 else {
      throw .outOfRange(
        parameter: "extrapolation", value: extrapolation, admissible: "from 0 to 1")
    }
    (self.analysis, self.step, self.extrapolation) = (analysis, step, extrapolation)
  }

  private var pixels: Int { analysis.inputs }
  private var features: Int { analysis.outputs }

  /// `x'`, `x`, `u`, `c`.
  public var inputs: Int { 3 * pixels + features }
  /// `x'`, `u`, `c`.
  public var outputs: Int { 2 * pixels + features }
  /// Those of `L`.
  public var parameters: [ParameterShape] { analysis.parameters }

  /// Cost: `L`.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    z.setColumns(from: 0, to: x, 0..<pixels, on: pool)
    z.setColumns(from: pixels + features, to: x, (2 * pixels + features)..<inputs, on: pool)
    Variable(matrix: x, start: 2 * pixels).withSum(S(step), 1, into: outputs, from: pixels) {
      analysis.apply(
        theta, to: extrapolated(x, pool), from: 0, into: &z, at: pixels, on: pool, finish: $0)
    }
    if let finish { z.forEachBand(on: pool, finish) }
  }

  /// Cost: `L^*`.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let s = analysis.adjointed(theta, of: r, from: pixels, on: pool)
    u.setColumns(from: 2 * pixels, to: r, pixels..<outputs, on: pool)
    u.setColumns(from: 0, to: r, 0..<pixels, on: pool)
    u.addColumns(from: 0, S(step * (1 + extrapolation)), s, on: pool)
    u.setColumns(from: pixels, to: s.scaled(by: S(-step * extrapolation)), on: pool)
    if let finish { u.forEachBand(on: pool, finish) }
  }

  /// `sigma r` on the dual variable, at the extrapolated picture.
  public func factors<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, on pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>) {
    (
      r.columns(pixels..<(pixels + features), on: pool).scaled(by: S(step)), extrapolated(x, pool)
    )
  }

  /// `(1 + t) x' - t x`.
  private func extrapolated<S: TensorScalar>(_ x: Tensor<S>, _ pool: WorkerPool) -> Tensor<S> {
    var y = x.columns(0..<pixels, on: pool)
    y.scale(by: S(1 + extrapolation))
    y.addColumns(from: 0, S(-extrapolation), x, pixels..<(2 * pixels), on: pool)
    return y
  }

  /// That of the map, times the square of its factor.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    S(step * step)
      * analysis.squaredParameterNorm(
        at: extrapolated(x, pool), vector: &vector, iterations: iterations,
        on: pool)
  }
}
