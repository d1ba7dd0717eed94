import Tensors

/// Quadratic penalties on both halves of a layer, minimised block by block from the output backwards.
///
///     B(y, z_L) + sum_{l<L} gamma/2 ||x_l - sigma(z_l)||^2 + sum_l rho/2 ||z_l - A_l x_{l-1} - b_l||^2
///
/// Every block is solved exactly, so the energy falls at each. The weights are held by an anchor
/// `1/(2 tau) ||theta - theta_k||^2`, variables and pre-activations, if `alpha > 0`, by
/// `alpha/2 ||x_l - x_l^k||^2` and `alpha/2 ||z_l - z_l^k||^2`. Hidden activations must be piecewise linear,
/// without a regulariser. Where the paper has an output variable `V_L` between a squared
/// loss and `z_L`, the loss stands on `z_L` itself, which also admits cross-entropy.
/// Cost of a sweep: per layer four products and two Cholesky factorisations.
///
/// Source: Zeng, Lau, Lin and Yao, Global convergence of block coordinate descent in deep learning,
/// ICML 2019.
public struct ThreeSplitting: LinkedSplitting {
  /// `gamma > 0`.
  public let gamma: Double
  /// `tau > 0`.
  public let tau: Double
  /// `alpha >= 0`.
  public let alpha: Double

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(gamma: Double, tau: Double, alpha: Double = 0) throws(SolverError) {
    try SolverError.requirePositive(gamma, "gamma")
    try SolverError.requirePositive(tau, "tau")
    guard alpha >= 0, alpha.isFinite else {
      throw .outOfRange(
        parameter: "alpha", value: alpha, admissible: "a finite number, at least 0")
    }
    (self.gamma, self.tau, self.alpha) = (gamma, tau, alpha)
  }

  /// Pre-activations, no multipliers.
  public var variables: SplitVariables {
    SplitVariables(hasPreactivations: true, multipliers: .none)
  }

  func link(rho: Double) -> any Link { QuadraticLink(gamma: gamma, anchor: alpha) }

  /// `z_L, theta_L, x_{L-1}, z_{L-1}, theta_{L-1}, …, theta_1`.
  public func sweep<S: TensorScalar>(
    _ point: inout SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) throws(SolverError) {
    try energy(task).sweepBackward(&point, tau: tau, on: pool)
  }
}

extension SplitEnergy {
  /// All primal blocks by their minimisers, from the output to the input.
  func sweepBackward<S: TensorScalar>(
    _ point: inout SplitPoint<S>, tau: Double, on pool: WorkerPool
  ) throws(SolverError) {
    let depth = task.network.depth
    for l in stride(from: depth, through: 1, by: -1) {
      if l < depth { try updateVariable(l, &point, on: pool) }
      updatePreactivation(l, &point, on: pool)
      try updateWeights(l, tau: tau, &point, on: pool)
    }
  }
}
