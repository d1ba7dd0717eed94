import Tensors

/// The primal half of a primal-dual step as a stage:
///
///     (x, u, c) -> (a x - b H^* H x - b S u + e c, x, u, c)
///
/// to be followed by the projection on the admissible pictures beside the identity, and by a
/// ``DualStep``. `x` is the picture, `u` the dual variable, `c` the data carried along, `S` learned: the
/// adjoint of the analysis operator, or a map of its own.
///
///     Condat-Vu           a = 1            b = tau             e = tau, c = H^* y
///     Chambolle-Pock      a = 1/(1+tau)    b = tau/(1+tau)     e = b,   c = d, no H
///
/// Source: Condat 2013 and Vu 2013; Chambolle and Pock 2011, the step in the data term's prox.
public struct PrimalStep: UnrolledStage {
  /// `S`, from dual variables to pictures, without an offset.
  public let analysis: any AffineStage
  /// `H^* H`, without parameters; `nil` where the data term is taken by its prox.
  public let normal: (any AffineStage)?
  /// `a`.
  public let keep: Double
  /// `b`.
  public let step: Double
  /// `e`.
  public let pull: Double

  /// The step of Condat and Vu, explicit in the data term `1/2 ||H x - y||^2`; converges for
  /// `1/tau >= sigma ||L||^2 + ||H||^2/2`.
  /// - Throws: ``SolverError`` unless `tau > 0` and widths fit.
  public static func condatVu(
    _ synthesis: any AffineStage, normal: any AffineStage, step tau: Double
  ) throws(SolverError) -> PrimalStep {
    try SolverError.requirePositive(tau, "step")
    try SolverError.requireLinear(synthesis)
    guard normal.inputs == synthesis.outputs, normal.outputs == synthesis.outputs else {
      throw .unsuitable(
        "the normal operator maps \(normal.inputs) to \(normal.outputs) numbers, the picture has "
          + "\(synthesis.outputs)")
    }
    return PrimalStep(analysis: synthesis, normal: normal, keep: 1, step: tau, pull: tau)
  }

  /// The step of Chambolle and Pock for `1/2 ||x - d||^2`; converges for `tau sigma ||L||^2 <= 1`.
  /// - Throws: ``SolverError`` unless `tau > 0`.
  public static func chambollePock(
    _ synthesis: any AffineStage, step tau: Double
  ) throws(SolverError) -> PrimalStep {
    try SolverError.requirePositive(tau, "step")
    try SolverError.requireLinear(synthesis)
    let share = tau / (1 + tau)
    return PrimalStep(analysis: synthesis, normal: nil, keep: 1 - share, step: share, pull: share)
  }

  private init(
    analysis: any AffineStage, normal: (any AffineStage)?, keep: Double, step: Double, pull: Double
  ) {
    (self.analysis, self.normal) = (analysis, normal)
    (self.keep, self.step, self.pull) = (keep, step, pull)
  }

  private var pixels: Int { analysis.outputs }
  private var features: Int { analysis.inputs }

  /// `x`, `u`, `c`.
  public var inputs: Int { 2 * pixels + features }
  /// `x'`, `x`, `u`, `c`.
  public var outputs: Int { 3 * pixels + features }
  /// Those of `S`.
  public var parameters: [ParameterShape] { analysis.parameters }

  /// Cost: `S` and `H^* H`.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let picture = x.columns(0..<pixels, on: pool)
    let u = x.columns(pixels..<(pixels + features), on: pool)
    z.setColumns(from: pixels, to: x, on: pool)
    z.setColumns(from: 0, to: picture.scaled(by: S(keep)), on: pool)
    z.addColumns(from: 0, S(-step), analysis.applied(theta, to: u, on: pool), on: pool)
    z.addColumns(from: 0, S(pull), x.columns((pixels + features)..<inputs, on: pool), on: pool)
    if let normal {
      z.addColumns(from: 0, S(-step), normal.applied([], to: picture, on: pool), on: pool)
    }
    if let finish { z.forEachBand(on: pool, finish) }
  }

  /// Cost: `S^*` and `H^* H`.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let head = r.columns(0..<pixels, on: pool)
    u.setColumns(from: 0, to: r.columns(pixels..<outputs, on: pool), on: pool)
    u.addColumns(from: 0, S(keep), head, on: pool)
    u.addColumns(from: pixels, S(-step), analysis.adjointed(theta, of: head, on: pool), on: pool)
    u.addColumns(from: pixels + features, S(pull), head, on: pool)
    if let normal {
      u.addColumns(from: 0, S(-step), normal.adjointed([], of: head, on: pool), on: pool)
    }
    if let finish { u.forEachBand(on: pool, finish) }
  }

  /// `-b r` on the new picture, at `u`.
  public func factors<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, on pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>) {
    (
      r.columns(0..<pixels, on: pool).scaled(by: S(-step)),
      x.columns(pixels..<(pixels + features), on: pool)
    )
  }

  /// That of the map, times the square of its factor.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    S(step * step)
      * analysis.squaredParameterNorm(
        at: x.columns(pixels..<(pixels + features), on: pool), vector: &vector,
        iterations: iterations,
        on: pool)
  }
}
