import Lifted
import Tensors

/// A rank's steps of a ``LayerParallelTraining``. Its state has the parameters, the vectors of power iterations and the
/// kept variables of its own layers and samples; the first rank's is whole after ``collect(_:)``.
struct LayerParallelSteps<S: TensorScalar & Transferable>: RankSteps {
  let training: LayerParallelTraining
  /// The ranks with the same samples, in the order of their layers; known once the state is handed out.
  var owners: any Communicator = LoneRank()
  /// The ranks with the same layers, in the order of their samples.
  var parts: any Communicator = LoneRank()
  private var workspace: TrainingWorkspace<S>

  init(_ training: LayerParallelTraining) {
    self.training = training
    workspace = TrainingWorkspace(for: training.training.network)
  }

  var network: Network { training.training.network }
  var layers: ClosedRange<Int> { training.ownLayers }
  var isFirstOwner: Bool { training.owner == 0 }
  var isLastOwner: Bool { training.owner == training.grid.owning - 1 }

  mutating func step(
    _ state: inout TrainingState<S>, from samples: any SampleSource, isInterrupted: Bool,
    on pool: WorkerPool
  ) throws -> RankStep {
    try training.training.check(samples)
    let (method, count) = (training.method, samples.count)
    let chosen = training.training.nextBatch(of: &state.progress, &workspace, samples: count)
    let endsEpoch = state.progress.samplesOfEpoch + chosen.count >= count
    let batch = GridBatch(Array(chosen), of: training)
    let weights = state.progress.layerWeights ?? method.initialWeights(network)
    let descent = try method.descent(
      network, weights,
      stepFactor: training.training.stepFactor(samples: count, after: state.progress))
    let data = data(batch, from: samples, state.progress, on: pool)
    let wave = try forward(data, batch, state, on: pool)
    var share = LayerShare(
      descent, layers: layers, of: start(wave.x, data, batch, state), vectors: state.memory)
    try move(&share, batch, on: pool)
    let report = try report(share, wave.loss, isInterrupted)
    state.progress.lossOfEpoch += report.loss
    if report.hasFailed {
      state.progress.lossOfEpoch = .nan
      return RankStep(endsEpoch: false, isInterrupted: report.isInterrupted)
    }
    take(share, batch, into: &state)
    if endsEpoch {
      let finding = try diagnose(&share, batch, on: pool)
      method.conclude(
        &state.progress, descent.energy, value: finding.value,
        stationarity: finding.stationarity, consistencyGaps: finding.consistencyGaps)
    }
    state.progress.step += 1
    state.progress.gradientEvaluations += method.gradientsOfStep
    return RankStep(
      endsEpoch: state.progress.advance(by: chosen.count, of: count),
      isInterrupted: report.isInterrupted)
  }

  // MARK: The start

  /// The rank's part of the batch, where inputs or targets are needed.
  private func data(
    _ batch: GridBatch, from samples: any SampleSource, _ progress: TrainingProgress,
    on pool: WorkerPool
  ) -> Batch<S>? {
    guard isFirstOwner || isLastOwner else { return nil }
    return samples.batch(
      of: batch.own, visit: training.training.visit(progress), as: S.self, on: pool)
  }

  /// The forward pass through its layers, when the layers below have done theirs: `x_{a-1}, …, x_b`, and of the
  /// last layer the loss.
  private func forward(
    _ data: Batch<S>?, _ batch: GridBatch, _ state: TrainingState<S>, on pool: WorkerPool
  ) throws -> (x: [Tensor<S>], loss: Double) {
    let (rank, rows) = (training.owner, batch.own.count)
    guard rows > 0 else {
      return (
        network.widths[(layers.lowerBound - 1)...layers.upperBound].map { Tensor(shape: [0, $0]) },
        0
      )
    }
    var x = Tensor<S>(shape: [rows, network.widths[layers.lowerBound - 1]])
    if let data, isFirstOwner {
      x = data.inputs
    } else {
      try owners.receive(&x, from: rank - 1, tag: GridTag.forward.rawValue)
    }
    var (wave, loss) = ([x], 0.0)
    for l in layers {
      let layer = network.layers[l - 1]
      var z = Tensor<S>(shape: [rows, layer.stage.outputs])
      var out = z
      layer.forward(state.theta.layers[l - 1], wave[wave.count - 1], &z, &out, on: pool)
      wave.append(out)
      if l == network.depth, let data { loss = network.loss(of: data.targets, at: z, on: pool) }
    }
    if !isLastOwner {
      try owners.send(wave[wave.count - 1], to: rank + 1, tag: GridTag.forward.rawValue)
    }
    return (wave, loss)
  }

  /// The point that the rounds start from: the forward pass's, or what has been kept.
  private func start(
    _ wave: [Tensor<S>], _ data: Batch<S>?, _ batch: GridBatch, _ state: TrainingState<S>
  ) -> LiftedPoint<S> {
    var x = Array(repeating: Tensor<S>(shape: [0]), count: network.depth + 1)
    let restarts = training.method.isRestart(state.progress)
    for (l, forward) in zip((layers.lowerBound - 1)...layers.upperBound, wave) {
      let isHidden = l > 0 && l < network.depth
      x[l] =
        isHidden && !restarts
        ? state.kept[l - 1].gathering(rows: batch.places(in: state.kept[l - 1])) : forward
    }
    if let data, isLastOwner { x[network.depth] = data.targets }
    return LiftedPoint(partOf: state.theta, x: x)
  }

  // MARK: The end

  private typealias Report = (loss: Double, isInterrupted: Bool, hasFailed: Bool)

  /// What all ranks find: the loss, whether one is interrupted, and whether one could not go on.
  private func report(
    _ share: LayerShare<S>, _ loss: Double, _ isInterrupted: Bool
  ) throws(CommunicationError) -> Report {
    let sums = try training.communicator.allReduce([
      loss, isInterrupted ? 1 : 0, share.failure == nil ? 0 : 1,
    ])
    return (sums[0], sums[1] > 0, sums[2] > 0)
  }

  /// What is kept of a step.
  private func take(
    _ share: LayerShare<S>, _ batch: GridBatch, into state: inout TrainingState<S>
  ) {
    for l in layers {
      state.theta.layers[l - 1] = share.point.theta.layers[l - 1]
      for (slot, vector) in share.vectors(ofLayer: l).enumerated()
      where vector.shape == state.memory[l - 1][slot].shape {
        state.memory[l - 1][slot] = vector
      }
    }
    guard training.method.variables != .restarted else { return }
    let widths = training.method.keptVariables(of: network)
    if state.kept.count != widths.count {
      state.kept = widths.map { _ in Tensor(shape: [0]) }
    }
    for l in hidden {
      if state.kept[l - 1].columns != widths[l - 1] || state.kept[l - 1].rows == 0 {
        state.kept[l - 1] = Tensor(shape: [training.ownSamples.count, widths[l - 1]])
      }
      state.kept[l - 1].setRows(batch.places(in: state.kept[l - 1]), to: share.point.x[l])
    }
  }

  /// The hidden variables that this rank works with.
  var hidden: Range<Int> { hidden(of: layers) }

  /// The hidden variables that the owner of some layers works with.
  func hidden(of layers: ClosedRange<Int>) -> Range<Int> {
    max(layers.lowerBound - 1, 1)..<min(layers.upperBound + 1, network.depth)
  }
}

/// What is told apart between two ranks.
enum GridTag: Int {
  case forward = 21
  case state
  /// And as many more as there are layers.
  case samples
}
