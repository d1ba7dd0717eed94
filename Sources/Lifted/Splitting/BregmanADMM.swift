import Tensors

/// The lifted Bregman energy with the affine half of every layer as a constraint with multipliers.
///
///     B(y, z_L) + sum_{l<L} (lambda B(x_l, z_l) + S_l(x_l))   subject to   z_l = A_l x_{l-1} + b_l
///
/// Every block is convex and none differentiates an activation: `z_l` solves
/// `z + (lambda/rho) sigma(z) = t` number by number, `x_l` is strongly convex, the weights are least
/// squares, held by an anchor `1/(2 tau) ||theta - theta_k||^2`. At a fixed point the multipliers are
/// `p_l = lambda (x_l - sigma(z_l))`, the residuals of the lifted energy. Cost of a sweep: per layer five
/// products and one Cholesky factorisation, and `2 steps` products for `x_l`.
///
/// Source: derived for the energy of Wang and Benning, JMLR 24(232), 2023.
public struct BregmanADMM: LinkedSplitting {
  /// `lambda > 0`, the weight of the hidden penalties.
  public let lambda: Double
  /// `tau > 0`.
  public let tau: Double
  /// Accelerated proximal gradient steps in the block of each `x_l`, at least 1.
  public let steps: Int

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(lambda: Double, tau: Double, steps: Int) throws(SolverError) {
    try SolverError.requirePositive(lambda, "lambda")
    try SolverError.requirePositive(tau, "tau")
    try requireSteps(steps)
    (self.lambda, self.tau, self.steps) = (lambda, tau, steps)
  }

  /// Pre-activations and a multiplier for each.
  public var variables: SplitVariables {
    SplitVariables(hasPreactivations: true, multipliers: .all)
  }

  func link(rho: Double) -> any Link { BregmanLink(lambda: lambda, steps: steps) }

  /// `z_L, theta_L, x_{L-1}, z_{L-1}, …, theta_1`, then all `p_l`.
  public func sweep<S: TensorScalar>(
    _ point: inout SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) throws(SolverError) {
    let energy = energy(task)
    try energy.sweepBackward(&point, tau: tau, on: pool)
    for l in 1...task.network.depth { energy.updateMultiplier(l, &point, on: pool) }
  }
}
