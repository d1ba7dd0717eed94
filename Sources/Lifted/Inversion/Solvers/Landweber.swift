import Tensors

/// Gradient steps on the fidelity alone:
///
///     u <- u - A^*(sigma(A u + b) - f) / ||A||^2
///
/// It regularises by ending early: give the rule a fidelity, the noise's. `alpha` and `J` play no part. From
/// zero the iterates stay in the range of `A^*`. Cost of an iteration: one product and one adjoint.
///
/// Source: Landweber, American Journal of Mathematics 73, 1951; for the Bregman fidelity the same step.
public struct Landweber: InversionSolver {
  /// The method; its step follows from the norm.
  public init() {}

  /// It does not: it ends early.
  public var minimises: Bool { false }

  public func step<S: TensorScalar>(
    _ state: inout InversionState<S>, _ problem: LayerInversion<S>, on pool: WorkerPool
  ) {
    let step = 1 / max(problem.scale * problem.squaredNorm, .leastNormalMagnitude)
    state.y = state.z.activated(by: problem.layer.activation, on: pool)
    state.u.combine(1, S(-step), problem.pull(state.y, on: pool))
    state.z = problem.preactivation(at: state.u, on: pool)
    state.iterations += 1
  }
}
