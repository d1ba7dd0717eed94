import Tensors

/// dlADMM: the energy of ``TaylorADMM`` with `gamma = rho`, a sweep backwards and one forwards, and one
/// gradient step in place of each least squares problem.
///
/// Weights and hidden variables move to the minimiser of a quadratic majoriser, its curvature found by
/// doubling; pre-activations are solved exactly. No factorisation, no step size, no parameter but
/// `rho`. A sweep goes through all blocks twice; each pass costs per layer about six products.
///
/// Source: Wang, Yu, Chen and Zhao, ADMM for efficient deep learning with global convergence, KDD 2019.
public struct DeepADMM: Splitting {
  /// The formulation; it has no parameters of its own.
  public init() {}

  /// Pre-activations and the output's multiplier.
  public var variables: SplitVariables {
    SplitVariables(hasPreactivations: true, multipliers: .output)
  }

  /// No: its steps find their own length.
  public var followsSchedule: Bool { false }

  /// Hidden activations must be piecewise linear, without a regulariser; any head will do.
  public func check(_ network: Network) throws(SolverError) {
    for layer in network.layers.dropLast() { try QuadraticLink(gamma: 1).check(layer) }
  }

  public func value<S: TensorScalar>(
    at point: SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) -> Double {
    energy(task).value(at: point, on: pool)
  }

  private func energy(_ task: SplitTask) -> SplitEnergy {
    SplitEnergy(task: task, link: QuadraticLink(gamma: task.rho))
  }

  /// `z_L, theta_L, x_{L-1}, z_{L-1}, …, theta_1`, back through `theta_1, z_1, x_1, …, theta_L, z_L`,
  /// then `p`.
  public func sweep<S: TensorScalar>(
    _ point: inout SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) throws(SolverError) {
    let (energy, depth) = (energy(task), task.network.depth)
    for l in stride(from: depth, through: 1, by: -1) {
      if l < depth { energy.stepVariable(l, gamma: task.rho, &point, on: pool) }
      energy.updatePreactivation(l, &point, on: pool)
      energy.stepWeights(l, &point, on: pool)
    }
    for l in 1...depth {
      energy.stepWeights(l, &point, on: pool)
      energy.updatePreactivation(l, &point, on: pool)
      if l < depth { energy.stepVariable(l, gamma: task.rho, &point, on: pool) }
    }
    energy.updateMultiplier(depth, &point, on: pool)
  }
}
