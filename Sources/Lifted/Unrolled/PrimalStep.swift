import Tensors

/// The primal half of a primal-dual step as a stage:
///
///     (x, u, c) -> (R (a x - e H^* H x - b S u + e c), x, u, c)
///
/// to be followed by the projection on the admissible pictures beside the identity, and by a
/// ``DualStep``. `x` is the picture, `u` the dual variable, `c` the data carried along, `S` learned: the
/// adjoint of the analysis operator, or a map of its own. ``closing`` gives the new picture alone.
///
///     Condat-Vu                    a = 1            e = tau             c = H^* y
///     Chambolle-Pock, denoising    a = 1/(1+tau)    e = tau/(1+tau)     c = d, no H
///     Chambolle-Pock, H known      a = 1            e = tau             c = H^* y, no H
///                                  R = (1 + tau H^* H)^(-1)
///
/// and `b = s e`, where `u` stands for `s` times itself in the algorithm: with `s = 1`, the default, the
/// algorithm's own dual variable.
///
/// Where `H` is a mask after a map `C` whose resolvent is known, as of a circular blur seen without its
/// border, the step takes `R` of `C`, and `H^* H - C^* C` for `H^* H`: it then lowers the data term with what
/// is not seen filled in from the present picture, which is never below the true one.
///
/// Source: Condat 2013 and Vu 2013; Chambolle and Pock 2011, the step in the data term's prox.
public struct PrimalStep: UnrolledStage {
  /// `S`, from dual variables to pictures, without an offset.
  public let analysis: any AffineStage
  /// `H^* H`, or what of it is not taken by ``resolvent``; without parameters. `nil` for nothing.
  public let normal: (any AffineStage)?
  /// `R`, without parameters and its own adjoint; `nil` for the identity.
  public let resolvent: (any AffineStage)?
  /// `a`.
  public let keep: Double
  /// `b`.
  public let step: Double
  /// `e`.
  public let pull: Double
  /// Whether the new picture is all that goes out.
  public private(set) var isLast = false

  /// The step of Condat and Vu, explicit in the data term `1/2 ||H x - y||^2`; converges for
  /// `1/tau >= sigma ||L||^2 + ||H||^2/2`.
  /// - Throws: ``SolverError`` unless `tau > 0`, `scale > 0` and widths fit.
  public static func condatVu(
    _ synthesis: any AffineStage, normal: any AffineStage, step tau: Double, scale: Double = 1
  ) throws(SolverError) -> PrimalStep {
    try SolverError.requirePositive(tau, "step")
    try SolverError.requireLinear(synthesis)
    try requirePictures(normal, "normal operator", synthesis)
    return try PrimalStep(
      synthesis, normal: normal, resolvent: nil, keep: 1, pull: tau, scale: scale)
  }

  /// The step of Chambolle and Pock for `1/2 ||x - d||^2`; converges for `tau sigma ||L||^2 <= 1`.
  /// - Throws: ``SolverError`` unless `tau > 0` and `scale > 0`.
  public static func chambollePock(
    _ synthesis: any AffineStage, step tau: Double, scale: Double = 1
  ) throws(SolverError) -> PrimalStep {
    try SolverError.requirePositive(tau, "step")
    try SolverError.requireLinear(synthesis)
    let share = tau / (1 + tau)
    return try PrimalStep(
      synthesis, normal: nil, resolvent: nil, keep: 1 - share, pull: share, scale: scale)
  }

  /// The step of Chambolle and Pock for `1/2 ||H x - y||^2`, by the resolvent `(1 + tau C^* C)^(-1)`;
  /// with `C = H` converges for `tau sigma ||L||^2 <= 1`, whatever `||H||`.
  /// - Parameters:
  ///   - synthesis: `S`.
  ///   - resolvent: the resolvent.
  ///   - rest: `H^* H - C^* C`; `nil` for `C = H`.
  ///   - tau: `tau`.
  ///   - scale: `s`.
  /// - Throws: ``SolverError`` unless `tau > 0`, `scale > 0` and widths fit.
  public static func chambollePock(
    _ synthesis: any AffineStage, resolvent: any AffineStage, rest: (any AffineStage)? = nil,
    step tau: Double, scale: Double = 1
  ) throws(SolverError) -> PrimalStep {
    try SolverError.requirePositive(tau, "step")
    try SolverError.requireLinear(synthesis)
    try requirePictures(resolvent, "resolvent", synthesis)
    if let rest { try requirePictures(rest, "rest of the normal operator", synthesis) }
    return try PrimalStep(
      synthesis, normal: rest, resolvent: resolvent, keep: 1, pull: tau, scale: scale)
  }

  /// The same step, giving the new picture alone: the last of a network.
  public var closing: PrimalStep {
    var last = self
    last.isLast = true
    return last
  }

  private init(
    _ synthesis: any AffineStage, normal: (any AffineStage)?, resolvent: (any AffineStage)?,
    keep: Double, pull: Double, scale: Double
  ) throws(SolverError) {
    try SolverError.requirePositive(scale, "scale")
    (analysis, self.normal, self.resolvent) = (synthesis, normal, resolvent)
    (self.keep, step, self.pull) = (keep, scale * pull, pull)
  }

  private static func requirePictures(
    _ map: any AffineStage, _ name: String, _ synthesis: any AffineStage
  ) throws(SolverError) {
    guard map.inputs == synthesis.outputs, map.outputs == synthesis.outputs else {
      throw .unsuitable(
        "the \(name) maps \(map.inputs) to \(map.outputs) numbers, the picture has "
          + "\(synthesis.outputs)")
    }
    guard map.parameters.isEmpty else {
      throw .unsuitable("the \(name) has parameters; give a fixed map")
    }
  }

  private var pixels: Int { analysis.outputs }
  private var features: Int { analysis.inputs }

  /// `x`, `u`, `c`.
  public var inputs: Int { 2 * pixels + features }
  /// `x'`, `x`, `u`, `c`; of the last step `x'`.
  public var outputs: Int { isLast ? pixels : 3 * pixels + features }
  /// Those of `S`.
  public var parameters: [ParameterShape] { analysis.parameters }

  /// Cost: `S`, `H^* H` and `R`.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    var next = Variable(matrix: x, start: 0).withSum(S(-step), S(keep), into: pixels) { finish in
      analysis.applied(theta, to: x, from: pixels, on: pool, finish: finish)
    }
    next.addColumns(from: 0, S(pull), x, (pixels + features)..<inputs, on: pool)
    if let normal { next.combine(1, S(-pull), normal.applied([], to: x, on: pool)) }
    if let resolvent { next = resolvent.applied([], to: next, on: pool) }
    z.setColumns(from: 0, to: next, on: pool)
    if !isLast { z.setColumns(from: pixels, to: x, on: pool) }
    if let finish { z.forEachBand(on: pool, finish) }
  }

  /// Cost: `S^*`, `H^* H` and `R`.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let head = head(r, pool)
    Variable(matrix: r, start: 2 * pixels).withSum(1, 1, into: inputs, from: pixels) { add in
      analysis.adjoint(
        theta, of: head.scaled(by: S(-step)), from: 0, into: &u, at: pixels, on: pool,
        finish: isLast ? nil : add)
    }
    for (column, factor) in [(0, S(keep)), (pixels + features, S(pull))] {
      u.setColumns(from: column, to: head.scaled(by: factor), on: pool)
      if !isLast {
        let from = column + pixels
        u.addColumns(from: column, 1, r, from..<(from + pixels), on: pool)
      }
    }
    if let normal {
      u.addColumns(from: 0, S(-pull), normal.adjointed([], of: head, on: pool), on: pool)
    }
    if let finish { u.forEachBand(on: pool, finish) }
  }

  /// `-b R r` on the new picture, at `u`.
  public func factors<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, on pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>) {
    (head(r, pool).scaled(by: S(-step)), x.columns(pixels..<(pixels + features), on: pool))
  }

  /// `R^*` of the residual on the new picture.
  private func head<S: TensorScalar>(_ r: Tensor<S>, _ pool: WorkerPool) -> Tensor<S> {
    let head = isLast ? r : r.columns(0..<pixels, on: pool)
    return resolvent?.adjointed([], of: head, on: pool) ?? head
  }

  /// That of the map, times the square of its factor; a bound where there is a resolvent, `||R|| <= 1`.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    S(step * step)
      * analysis.squaredParameterNorm(
        at: x.columns(pixels..<(pixels + features), on: pool), vector: &vector,
        iterations: iterations, on: pool)
  }
}
