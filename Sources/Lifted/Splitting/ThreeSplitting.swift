import Tensors

/// Quadratic penalties on both halves of a layer, minimised block by block from the output backwards.
///
///     B(y, z_L) + sum_{l<L} gamma/2 ||x_l - sigma(z_l)||^2 + sum_l rho/2 ||z_l - A_l x_{l-1} - b_l||^2
///
/// Every block is solved exactly, so the energy falls at each. The weights are held by an anchor
/// `1/(2 tau) ||theta - theta_k||^2`. Where the paper has an output variable `V_L` between a squared
/// loss and `z_L`, the loss stands on `z_L` itself, which also admits cross-entropy.
/// Cost of a sweep: per layer four products and two Cholesky factorisations.
///
/// Source: Zeng, Lau, Lin and Yao, Global convergence of block coordinate descent in deep learning,
/// ICML 2019.
public struct ThreeSplitting: Splitting {
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

  /// Pre-activations, no multipliers.
  public var variables: SplitVariables {
    SplitVariables(hasPreactivations: true, multipliers: .none)
  }

  /// Hidden activations must be piecewise linear, without a regulariser; any head will do.
  public func check(_ network: Network) throws(SolverError) {
    for layer in network.layers.dropLast() { try QuadraticLink(gamma: gamma).check(layer) }
  }

  public func value<S: TensorScalar>(
    at point: SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) -> Double {
    energy(task).value(at: point, on: pool)
  }

  private func energy(_ task: SplitTask) -> SplitEnergy {
    SplitEnergy(task: task, link: QuadraticLink(gamma: gamma))
  }

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
