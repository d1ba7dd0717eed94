import Tensors

/// Forward pass, one backward sweep of a signal, one update of each layer's weights.
///
/// The states restart from the forward pass at every batch. Signal and update combine freely, layer by
/// layer: lifted or back-propagated errors, gradient, momentum, Adam or implicit steps.
/// Cost of a step: that of back-propagation.
public struct OneSweep: MinibatchMethod {
  /// How errors travel back.
  public let signal: any Signal
  /// One update for each layer.
  public let updates: [any WeightUpdate]
  /// The weight of the loss.
  public let nudge: Nudge
  /// `R`, by its prox after each update.
  public let weightPenalty: WeightPenalty
  /// How the layers' updates are cut for the threads: side by side unless it is `tiles`.
  public let schedule: LayerSchedule

  /// A method of given parts; whether they fit a network is checked by ``check(_:)``.
  /// - Parameters:
  ///   - signal: how errors travel back.
  ///   - updates: one for each layer, or a single one for all.
  ///   - nudge: the weight of the loss.
  ///   - weightPenalty: `R`, by its prox after each update.
  ///   - schedule: how the layers' updates are cut for the threads.
  public init(
    signal: any Signal, updates: [any WeightUpdate], nudge: Nudge,
    weightPenalty: WeightPenalty = .standard, schedule: LayerSchedule = .auto
  ) {
    (self.signal, self.updates, self.nudge) = (signal, updates, nudge)
    (self.weightPenalty, self.schedule) = (weightPenalty, schedule)
  }

  /// `beta`.
  public var initialNudge: Double { nudge.beta }

  package var layerUpdates: LayerUpdates { LayerUpdates(updates: updates) }

  /// As each layer's update asks for.
  public func moments(of network: Network) -> [Int] { layerUpdates.moments(of: network) }

  /// As each layer's update asks for.
  public func memory(of network: Network) -> [[[Int]]] { layerUpdates.memory(of: network) }

  /// One update for each layer or one for all, and a signal that passes every hidden layer.
  public func check(_ network: Network) throws(SolverError) {
    try layerUpdates.check(network)
    try signal.check(network)
  }

  /// Forward, backward, update. Counts one gradient evaluation.
  public func step<S: TensorScalar>(
    _ state: inout TrainingState<S>, _ batch: Batch<S>, _ network: Network,
    workspace: inout LayerStates<S>, stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) {
    state.progress.lossOfEpoch += workspace.forwardLoss(batch, network, state.theta, on: pool)
    if looksAtActivity(state.progress) {
      adjustNudge(&state.progress, leastActive: workspace.activeFractions().min())
    } else {
      adjustNudge(&state.progress, leastActive: nil)
    }
    let beta = state.progress.nudge
    let lowest = network.lowestTrainable
    try signal.sweep(
      &workspace, against: batch.targets, network, state.theta, nudge: S(beta), downTo: lowest,
      on: pool)
    try update(&state, workspace, network, downTo: lowest, stepFactor: stepFactor, on: pool)
    state.progress.step += 1
    state.progress.gradientEvaluations += 1
  }

  /// The updates of all layers.
  private func update<S: TensorScalar>(
    _ state: inout TrainingState<S>, _ states: LayerStates<S>, _ network: Network,
    downTo lowest: Int, stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) {
    let layers = updateOrder(network.depth, downTo: lowest, step: state.progress.step).filter(
      network.isTrainedBlock)
    let contexts = layers.map {
      context(ofLayer: $0, states, network, state, stepFactor: stepFactor, on: pool)
    }
    try move(layers, of: &state, by: contexts, network, on: pool)
  }

  /// The updates of the parameters that belong to some layers, which do not depend on one another.
  package func move<S: TensorScalar>(
    _ layers: [Int], of state: inout TrainingState<S>, by contexts: [UpdateContext<S>],
    _ network: Network, on pool: WorkerPool
  ) throws(SolverError) {
    // Tensors in one place only are moved without being copied first.
    for l in 1...network.depth
    where layers.contains(network.owner(of: l)) && network.owner(of: l) != l {
      state.theta.layers[l - 1] = []
    }
    var blocks = layers.map { state.takeBlock(ofLayer: $0) }
    defer {
      for (l, block) in zip(layers, blocks) { state.putBack(block, ofLayer: l) }
      state.theta.share(in: network)
    }
    try schedule.forEach(&blocks, on: pool) { index, block, pool throws(SolverError) in
      try layerUpdates[layers[index]].update(&block, contexts[index], on: pool)
    }
  }

  /// What the update of layer `l` is told: its residuals and inputs, and the whole gradient of parameters
  /// that it shares with other layers.
  private func context<S: TensorScalar>(
    ofLayer l: Int, _ states: LayerStates<S>, _ network: Network, _ state: TrainingState<S>,
    stepFactor: Double, on pool: WorkerPool
  ) -> UpdateContext<S> {
    let stage = network.layers[l - 1].stage
    let scale = S(1 / (Double(states.samples) * state.progress.nudge))
    let factors = stage.gradientFactors(
      state.theta.layers[l - 1], of: states.r[l], at: states.x[l - 1], on: pool)
    let gradient =
      network.sharers(of: l).count > 1
      ? states.gradient(ofBlock: l, network, state.theta, scale: scale, on: pool) : nil
    return UpdateContext(
      stage: stage, residual: factors.residual, input: factors.input, scale: scale,
      stepFactor: stepFactor, penalty: weightPenalty, gradient: gradient)
  }

  /// Up and down in turn: a step starts with the weights and moments that the last one has left in the
  /// cache, which helps where all of them do not quite fit.
  private func updateOrder(_ highest: Int, downTo lowest: Int, step: Int) -> [Int] {
    let descending = Array(stride(from: highest, through: lowest, by: -1))
    return step.isMultiple(of: 2) ? descending : descending.reversed()
  }

  /// Lets the rescue rule set the nudge, given the least active layer's fraction where it was looked at.
  package func adjustNudge(_ progress: inout TrainingProgress, leastActive: Double?) {
    guard nudge.rescue != nil else { return }
    progress.nudge = nudge.next(after: progress.nudge, leastActive: leastActive ?? 1)
  }

  /// Whether the next step sets the nudge by the layers' activity.
  package func looksAtActivity(_ progress: TrainingProgress) -> Bool {
    nudge.rescue != nil && progress.step.isMultiple(of: Self.stepsBetweenChecks)
  }

  private static let stepsBetweenChecks = 10
}
