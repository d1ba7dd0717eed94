import Tensors

/// The three-splitting energy with a multiplier at the output alone, from the input forwards.
///
///     the energy of ThreeSplitting + <p, z_L - A_L x_{L-1} - b_L>
///
/// Each block is solved exactly, then `p <- p + rho (z_L - A_L x_{L-1} - b_L)`. The least squares for
/// the weights, a pseudo-inverse in the paper, keep an anchor `1/(2 tau) ||theta - theta_k||^2`, so that
/// inputs without full rank are no trouble. Hidden activations as for ``ThreeSplitting``. Going forwards, an error at the output takes one sweep
/// for each layer to reach the first. Cost of a sweep: that of ``ThreeSplitting``.
///
/// Source: Taylor, Burmeister, Xu, Singh, Patel and Goldstein, Training neural networks without
/// gradients: a scalable ADMM approach, ICML 2016.
public struct TaylorADMM: LinkedSplitting {
  /// `gamma > 0`.
  public let gamma: Double
  /// `tau > 0`.
  public let tau: Double

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(gamma: Double, tau: Double) throws(SolverError) {
    try SolverError.requirePositive(gamma, "gamma")
    try SolverError.requirePositive(tau, "tau")
    (self.gamma, self.tau) = (gamma, tau)
  }

  /// Pre-activations and the output's multiplier.
  public var variables: SplitVariables {
    SplitVariables(hasPreactivations: true, multipliers: .output)
  }

  func link(rho: Double) -> any Link { QuadraticLink(gamma: gamma) }

  /// `theta_1, x_1, z_1, …, theta_L, z_L`, then `p`.
  public func sweep<S: TensorScalar>(
    _ point: inout SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) throws(SolverError) {
    let (energy, depth) = (energy(task), task.network.depth)
    for l in 1...depth {
      try energy.updateWeights(l, tau: tau, &point, on: pool)
      if l < depth { try energy.updateVariable(l, &point, on: pool) }
      energy.updatePreactivation(l, &point, on: pool)
    }
    energy.updateMultiplier(depth, &point, on: pool)
  }
}
