import Proximal
import Tensors

/// Bregman iterations: from an `alpha` that is too large, back to the measurements step by step,
///
///     u_{k+1} = argmin_u  c B(f, A u + b) + alpha (J(u) - J(u_k) - <p_k, u - u_k>)
///     p_{k+1} = p_k + (c/alpha) A^*(f - sigma(A u_{k+1} + b))
///
/// carried out by adding the residuals `f - sigma(A u_k + b)` back to the measurements in the linear term. The
/// first one is the variational answer; the later ones win back the contrast that `J` has cost and, in the end,
/// the noise: give the rule a fidelity, the noise's. Each minimisation goes on from the last one's state for a
/// number of iterations. Cost of an iteration: that many of the solver's.
///
/// Source: Osher, Burger, Goldfarb, Xu and Yin, Multiscale Modeling and Simulation 4, 2005.
public struct BregmanIteration: InversionSolver {
  /// What minimises.
  public let solver: any InversionSolver
  /// Its iterations for one Bregman iteration, at least 1.
  public let innerIterations: Int

  /// - Throws: ``SolverError`` for a number below 1 or a solver that does not minimise.
  public init(_ solver: any InversionSolver, innerIterations: Int) throws(SolverError) {
    guard innerIterations >= 1 else {
      throw .outOfRange(
        parameter: "innerIterations", value: Double(innerIterations), admissible: "at least 1")
    }
    guard solver.minimises else {
      throw .unsuitable(
        "\(type(of: solver)) does not minimise; Bregman iterations need a solver that does")
    }
    (self.solver, self.innerIterations) = (solver, innerIterations)
  }

  /// It does not: it ends early.
  public var minimises: Bool { false }

  public func check<S: TensorScalar>(_ problem: LayerInversion<S>) throws(SolverError) {
    try solver.check(problem)
  }

  public func start<S: TensorScalar>(
    _ problem: LayerInversion<S>, from u: Tensor<S>, on pool: WorkerPool
  ) -> InversionState<S> {
    var state = solver.start(problem, from: u, on: pool)
    state.shift = Tensor(shape: problem.measurements.shape)
    return state
  }

  public func step<S: TensorScalar>(
    _ state: inout InversionState<S>, _ problem: LayerInversion<S>, on pool: WorkerPool
  ) {
    let shift = state.shift ?? Tensor(shape: problem.measurements.shape)
    let (tilted, done) = (problem.tilted(by: shift), state.iterations)
    for _ in 0..<innerIterations { solver.step(&state, tilted, on: pool) }
    var residual = state.z.activated(by: problem.layer.activation, on: pool)
    residual.combine(-1, 1, problem.measurements)
    state.shift = sum(1, shift, 1, residual)
    state.iterations = done + 1
  }
}
