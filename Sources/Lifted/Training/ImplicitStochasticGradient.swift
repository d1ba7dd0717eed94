import Tensors

/// The implicit stochastic gradient method: on each batch `J` rounds towards
///
///     argmin_{theta, x}  E_batch(theta, x) + 1/(2 tau) ||theta - theta_k||^2
///
/// from the forward pass, each round one sweep of proximal gradient steps over the hidden variables and
/// one gradient step in each weight block, with Lipschitz step sizes. Stable over many decades of
/// `tau`; costs about `J` times what a one-sweep step costs, and more inner rounds fit the batch rather
/// than the data.
///
/// Source: Toulis and Airoldi, 2017; Wang and Benning, JMLR 24(232), 2023.
public struct ImplicitStochasticGradient: MinibatchMethod {
  /// `tau > 0`.
  public let tau: Double
  /// Inner rounds `J >= 1`.
  public let rounds: Int
  /// The order of the hidden variables in a round.
  public let sweep: Sweep
  /// `lambda_L`, the weight of the loss; hidden penalties have weight 1.
  public let lossWeight: Double
  /// `R`, by its prox after each gradient step.
  public let weightPenalty: WeightPenalty

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    tau: Double, rounds: Int, sweep: Sweep = .backward, lossWeight: Double = 1,
    weightPenalty: WeightPenalty = .standard
  ) throws(SolverError) {
    try SolverError.requirePositive(tau, "tau")
    try SolverError.requirePositive(lossWeight, "lossWeight")
    guard rounds >= 1 else {
      throw .outOfRange(parameter: "rounds", value: Double(rounds), admissible: "at least 1")
    }
    (self.tau, self.rounds, self.sweep) = (tau, rounds, sweep)
    (self.lossWeight, self.weightPenalty) = (lossWeight, weightPenalty)
  }

  /// The weight of the loss, the same throughout.
  public var initialNudge: Double { lossWeight }
  /// None: every step starts from the parameters alone.
  public func moments(of network: Network) -> [Int] { Array(repeating: 0, count: network.depth) }
  /// Every network of proximal layers will do.
  public func check(_ network: Network) throws(SolverError) {}

  /// `J` rounds from the forward pass, with `tau` times `stepFactor`. Counts `J` gradient evaluations.
  public func step<S: TensorScalar>(
    _ state: inout TrainingState<S>, _ batch: Batch<S>, _ network: Network,
    workspace: inout LayerStates<S>, stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) {
    state.progress.lossOfEpoch += workspace.forwardLoss(batch, network, state.theta, on: pool)
    let weights = Array(repeating: 1, count: network.depth - 1) + [lossWeight]
    let energy = try Energy(network, weights: weights, weightPenalty: weightPenalty)
    let descent = try BlockDescent(
      energy, free: .training, sweep: sweep, anchorTau: tau * stepFactor)
    let x = Array(workspace.x.dropLast()) + [batch.targets]
    var inner = descent.start(
      at: try LiftedPoint(theta: state.theta, x: x, network: network), on: pool)
    for _ in 0..<rounds { try descent.round(&inner, on: pool) }
    state.theta = inner.point.theta
    state.progress.step += 1
    state.progress.gradientEvaluations += rounds
  }
}
