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
    weightPenalty: WeightPenalty = .standard, schedule: LayerSchedule = .automatic
  ) {
    (self.signal, self.updates, self.nudge) = (signal, updates, nudge)
    (self.weightPenalty, self.schedule) = (weightPenalty, schedule)
  }

  /// `beta`.
  public var initialNudge: Double { nudge.beta }

  private var layerUpdates: LayerUpdates { LayerUpdates(updates: updates) }

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
    adjustNudge(&state.progress, workspace)
    let beta = state.progress.nudge
    let lowest = (network.layers.firstIndex(where: \.isTrainable) ?? network.depth) + 1
    try signal.sweep(
      &workspace, against: batch.targets, network, state.theta, nudge: S(beta), downTo: lowest,
      on: pool)
    try update(&state, workspace, network, downTo: lowest, stepFactor: stepFactor, on: pool)
    state.progress.step += 1
    state.progress.gradientEvaluations += 1
  }

  /// The updates of all layers, which do not depend on one another.
  private func update<S: TensorScalar>(
    _ state: inout TrainingState<S>, _ states: LayerStates<S>, _ network: Network,
    downTo lowest: Int, stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) {
    let layers = updateOrder(network.depth, downTo: lowest, step: state.progress.step).filter {
      network.layers[$0 - 1].isTrainable && network.owner(of: $0) == $0
    }
    let contexts = layers.map {
      context(ofLayer: $0, states, network, state, stepFactor: stepFactor, on: pool)
    }
    // Tensors in one place only are moved without being copied first.
    for l in 1...network.depth where network.owner(of: l) != l { state.theta.layers[l - 1] = [] }
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
    var gradient: [Tensor<S>]?
    for other in network.sharers(of: l).dropFirst() {
      var sum =
        gradient
        ?? stage.parameterGradient(
          of: factors.residual, at: factors.input, scale: scale, on: pool)
      let more = network.layers[other - 1].stage.parameterGradient(
        state.theta.layers[other - 1], of: states.r[other], at: states.x[other - 1], scale: scale,
        on: pool)
      for slot in more.indices { sum[slot].combine(1, 1, more[slot]) }
      gradient = sum
    }
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

  /// Looks at the layers' activity every few steps and lets the rescue rule set the nudge.
  private func adjustNudge<S: TensorScalar>(
    _ progress: inout TrainingProgress, _ states: LayerStates<S>
  ) {
    guard nudge.rescue != nil else { return }
    let leastActive =
      progress.step.isMultiple(of: Self.stepsBetweenChecks)
      ? states.activeFractions().min() ?? 1 : 1
    progress.nudge = nudge.next(after: progress.nudge, leastActive: leastActive)
  }

  private static let stepsBetweenChecks = 10
}
