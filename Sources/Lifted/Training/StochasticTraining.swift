import Tensors

/// Minibatch training: what is trained, by which method, in which order. Immutable; the state is
/// ``TrainingState``.
///
/// Randomness is a function of the seed, the epoch and the sample alone, so that a run can be stopped
/// after any step and resumed exactly.
public struct StochasticTraining: Sendable {
  /// What is trained.
  public let network: Network
  /// What is done with each minibatch.
  public let method: any MinibatchMethod
  /// Samples of a step, at least 1.
  public let batchSize: Int
  /// Passes over the samples, at least 1.
  public let epochs: Int
  /// The gradient evaluations within which training is to end, at least 1; `nil` for no such end.
  public let maximumGradientEvaluations: Int?
  /// The factor on the step size; it ends with ``lastStep(samples:after:)``.
  public let schedule: Schedule
  /// The root seed of the order of the samples.
  public let seed: UInt64

  /// - Throws: ``SolverError`` if a number is out of range, the method cannot train the network, or it
  ///   has no step for the schedule to shorten.
  public init(
    _ network: Network, method: any MinibatchMethod, batchSize: Int, epochs: Int,
    maximumGradientEvaluations: Int? = nil, schedule: Schedule = .constant, seed: UInt64
  ) throws(SolverError) {
    let counts = [
      ("batchSize", batchSize), ("epochs", epochs),
      ("maximumGradientEvaluations", maximumGradientEvaluations ?? 1),
    ]
    for (name, value) in counts where value < 1 {
      throw .outOfRange(parameter: name, value: Double(value), admissible: "at least 1")
    }
    try method.check(network)
    guard schedule == .constant || method.followsSchedule else {
      throw .unsuitable(
        "the schedule \(schedule.rawValue) has nothing to shorten: this method finds its own steps; "
          + "make its schedule constant, or give block descent an anchorTau")
    }
    (self.network, self.method) = (network, method)
    (self.batchSize, self.epochs, self.schedule) = (batchSize, epochs, schedule)
    (self.maximumGradientEvaluations, self.seed) = (maximumGradientEvaluations, seed)
  }

  /// The state before the first step.
  public func start<S: TensorScalar>(from theta: Parameters<S>) -> TrainingState<S> {
    TrainingState(
      theta, moments: method.moments(of: network), memory: method.memory(of: network),
      nudge: method.initialNudge)
  }

  /// Steps in one epoch over `samples` samples; the last batch may be smaller.
  public func stepsPerEpoch(samples: Int) -> Int { (samples + batchSize - 1) / batchSize }

  /// Steps until the last epoch, or until the epoch in which the gradient evaluations are used up.
  ///
  /// A method makes as many of them at each step; how many is known after the first.
  public func lastStep(samples: Int, after progress: TrainingProgress) -> Int {
    let steps = stepsPerEpoch(samples: samples)
    guard let most = maximumGradientEvaluations, progress.step > 0,
      progress.gradientEvaluations >= progress.step
    else { return epochs * steps }
    let ofStep = progress.gradientEvaluations / progress.step
    return min(epochs, (most - 1) / ofStep / steps + 1) * steps
  }

  /// The schedule's factor on the next step.
  public func stepFactor(samples: Int, after progress: TrainingProgress) -> Double {
    let last = lastStep(samples: samples, after: progress)
    return schedule.factor(at: Double(progress.step) / Double(last))
  }

  /// One step. Returns whether it was the last of its epoch; the epoch counter has then moved on while
  /// the epoch's loss is still there to be read, until the next step.
  /// - Throws: ``SolverError`` if the samples do not fit the network or the step cannot be computed.
  public func step<S: TensorScalar>(
    _ state: inout TrainingState<S>, _ workspace: inout TrainingWorkspace<S>,
    from samples: some SampleSource, on pool: WorkerPool
  ) throws(SolverError) -> Bool {
    try check(samples)
    let chosen = nextBatch(of: &state.progress, &workspace, samples: samples.count)
    let widths = method.keptVariables(of: network)
    workspace.fill(network, from: samples, chosen, visit: visit(state.progress), on: pool)
    (workspace.states.numbers, workspace.states.population) = (chosen, samples.count)
    state.lend(&workspace.states.kept, chosen, of: samples.count, widths)
    workspace.states.endsEpoch =
      state.progress.samplesOfEpoch + chosen.count >= samples.count
    let stepFactor = stepFactor(samples: samples.count, after: state.progress)
    renewStatistics(of: &state, from: workspace.batch.inputs, on: pool)
    try method.step(
      &state, workspace.batch, network, workspace: &workspace.states, stepFactor: stepFactor,
      on: pool)
    state.takeBack(&workspace.states.kept, chosen)
    return state.progress.advance(by: chosen.count, of: samples.count)
  }
}

extension StochasticTraining {
  /// The samples of the next step; the first of an epoch clears the sum of its losses.
  package func nextBatch<S: TensorScalar>(
    of progress: inout TrainingProgress, _ workspace: inout TrainingWorkspace<S>, samples: Int
  ) -> ArraySlice<Int> {
    let start = progress.samplesOfEpoch
    if start == 0 { progress.lossOfEpoch = 0 }
    let order = workspace.order(
      of: samples, epoch: progress.epoch, seed: seed, shuffled: batchSize < samples)
    return order[start..<min(start + batchSize, samples)]
  }

  /// Which noise the samples of the next step have.
  package func visit(_ progress: TrainingProgress) -> UInt64 {
    method.keptVariables(of: network).isEmpty ? UInt64(progress.epoch) + 1 : 1
  }

  /// Whether samples fit the network.
  /// - Throws: ``SolverError``.
  package func check(_ samples: some SampleSource) throws(SolverError) {
    guard samples.count > 0 else { throw .unsuitable("there are no samples to train on") }
    guard samples.inputs == network.inputs, samples.targets == network.outputs else {
      throw .unsuitable(
        "samples of \(samples.inputs) inputs and \(samples.targets) targets for a network that takes "
          + "\(network.inputs) and gives \(network.outputs) numbers; make them equal")
    }
  }
}

/// Memory that a training loop uses again and again; holds nothing that matters between steps.
public struct TrainingWorkspace<S: TensorScalar>: Sendable {
  package var batch = Batch<S>(samples: 0, inputs: 0, targets: 0)
  package var states: LayerStates<S>
  private var epochOfOrder: (epoch: Int, seed: UInt64)?
  private var order: [Int] = []

  /// Empty; it grows to the size of a batch at the first step.
  public init(for network: Network) { states = LayerStates(for: network, samples: 0) }

  /// The epoch's order of the samples, made once an epoch.
  ///
  /// A batch of all samples needs no shuffling.
  mutating func order(of count: Int, epoch: Int, seed: UInt64, shuffled: Bool) -> [Int] {
    guard shuffled else { return Array(0..<count) }
    if epochOfOrder?.epoch != epoch || epochOfOrder?.seed != seed || order.count != count {
      var stream = RandomStream(seed: seed, .dataOrder, lane: UInt64(epoch))
      order = stream.permutation(of: count)
      epochOfOrder = (epoch, seed)
    }
    return order
  }

  /// The batch of the given samples.
  package mutating func fill(
    _ network: Network, from samples: some SampleSource, _ chosen: ArraySlice<Int>, visit: UInt64,
    on pool: WorkerPool
  ) {
    prepare(network, samples: chosen.count, samples.targets)
    // The states still hold the last inputs: let go of them, so that the batch is filled in place.
    states.x[0] = Tensor(shape: [0])
    samples.fill(&batch, with: chosen, visit: visit, on: pool)
  }

  /// Moves the states out, without a copy; to be put back.
  package mutating func takeStates(_ network: Network) -> LayerStates<S> {
    var taken = LayerStates<S>(for: network, samples: 0)
    swap(&taken, &states)
    return taken
  }

  /// Makes room for a batch, keeping what already fits.
  private mutating func prepare(_ network: Network, samples: Int, _ targets: Int) {
    guard states.samples != samples || batch.inputs.shape != [samples, network.inputs] else {
      return
    }
    states = LayerStates(for: network, samples: samples)
    batch = Batch(samples: samples, inputs: network.inputs, targets: targets)
  }
}
