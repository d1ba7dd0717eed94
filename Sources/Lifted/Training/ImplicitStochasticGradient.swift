import Tensors

/// The implicit stochastic gradient method: on each batch `J` rounds towards
///
///     argmin_{theta, x}  E_batch(theta, x) + 1/(2 tau) ||theta - theta_k||^2
///
/// from the forward pass, each round one sweep of proximal gradient steps over the hidden variables and
/// one gradient step in each weight block, with Lipschitz step sizes: ``BlockDescentTraining`` with
/// restarted variables and an anchor. Measured to be stable with `tau` = 0.01, 1 and 100; costs about `J`
/// times what a one-sweep step costs, and more inner rounds fit the batch rather than the data.
///
/// Source: Toulis and Airoldi, 2017; Wang and Benning, JMLR 24(232), 2023.
public struct ImplicitStochasticGradient: MinibatchMethod {
  private let descent: BlockDescentTraining
  /// `tau > 0`.
  public let tau: Double
  /// Inner rounds `J >= 1`.
  public var rounds: Int { descent.rounds }
  /// The order of the hidden variables in a round.
  public var sweep: Sweep { descent.sweep }
  /// `lambda_L`, the weight of the loss; hidden penalties have weight 1.
  public var lossWeight: Double { descent.lossWeight }
  /// `R`, by its prox after each gradient step.
  public var weightPenalty: WeightPenalty { descent.weightPenalty }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    tau: Double, rounds: Int, sweep: Sweep = .backward, lossWeight: Double = 1,
    weightPenalty: WeightPenalty = .standard
  ) throws(SolverError) {
    try SolverError.requirePositive(tau, "tau")
    self.tau = tau
    descent = try BlockDescentTraining(
      lossWeight: lossWeight, sweep: sweep, rounds: rounds, variables: .restarted, anchorTau: tau,
      weightPenalty: weightPenalty)
  }

  /// The weight of the loss, the same throughout.
  public var initialNudge: Double { descent.initialNudge }
  /// None: every step starts from the parameters alone.
  public func moments(of network: Network) -> [Int] { descent.moments(of: network) }
  /// As of block descent.
  public func memory(of network: Network) -> [[[Int]]] { descent.memory(of: network) }
  /// Every network of proximal layers will do.
  public func check(_ network: Network) throws(SolverError) { try descent.check(network) }

  /// `J` rounds from the forward pass, with `tau` times `stepFactor`. Counts `J` gradient evaluations.
  public func step<S: TensorScalar>(
    _ state: inout TrainingState<S>, _ batch: Batch<S>, _ network: Network,
    workspace: inout LayerStates<S>, stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) {
    try descent.step(
      &state, batch, network, workspace: &workspace, stepFactor: stepFactor, on: pool)
  }
}
