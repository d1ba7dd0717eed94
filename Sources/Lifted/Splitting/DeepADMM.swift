import Tensors

/// dlADMM: the energy of ``TaylorADMM`` with `gamma = rho`, a sweep backwards and one forwards, and one
/// gradient step in place of each least squares problem.
///
/// Weights and hidden variables move to the minimiser of a quadratic majoriser, its curvature found by
/// doubling; pre-activations are solved exactly. Hidden activations as for ``ThreeSplitting``. No
/// factorisation, no step size, no parameter but `rho`, which the paper multiplies by 10 after three
/// increases of the energy in a row: ``Continuation/Rule/afterIncreases(factor:count:)``. A sweep goes
/// through all blocks twice; each pass costs per layer about six products.
///
/// Source: Wang, Yu, Chen and Zhao, ADMM for efficient deep learning with global convergence, KDD 2019.
public struct DeepADMM: LinkedSplitting {
  /// The formulation; it has no parameters of its own.
  public init() {}

  /// Pre-activations and the output's multiplier.
  public var variables: SplitVariables {
    SplitVariables(hasPreactivations: true, multipliers: .output)
  }

  /// No: its steps find their own length.
  public var followsSchedule: Bool { false }

  func link(rho: Double) -> any Link { QuadraticLink(gamma: rho) }

  /// `z_L, theta_L, x_{L-1}, z_{L-1}, …, theta_1`, back through `theta_1, z_1, x_1, …, theta_L, z_L`,
  /// then `p`.
  public func sweep<S: TensorScalar>(
    _ point: inout SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) throws(SolverError) {
    let (energy, depth) = (energy(task), task.network.depth)
    for l in stride(from: depth, through: 1, by: -1) {
      if l < depth { energy.stepVariable(l, &point, on: pool) }
      energy.updatePreactivation(l, &point, on: pool)
      energy.stepWeights(l, &point, on: pool)
    }
    for l in 1...depth {
      energy.stepWeights(l, &point, on: pool)
      energy.updatePreactivation(l, &point, on: pool)
      if l < depth { energy.stepVariable(l, &point, on: pool) }
    }
    energy.updateMultiplier(depth, &point, on: pool)
  }
}
