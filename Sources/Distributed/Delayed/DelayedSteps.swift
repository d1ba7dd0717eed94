import Lifted
import Tensors

/// A rank's steps of a ``RankDelayedSweep``. All ranks have the same state; gradients under way are here until
/// somebody asks for a whole state.
struct DelayedSteps<S: TensorScalar & Transferable>: RankSteps {
  private let delayed: RankDelayedSweep
  private var workspace: DataParallelWorkspace<S>
  /// The gradients of the last steps that have not been waited for, oldest first.
  private var underway: [Gradient] = []
  /// Whether a report that has arrived asks for an end.
  private var isInterrupted = false

  /// A sum under way: the gradient of a step, its loss and wishes to end.
  private struct Gradient {
    let step: Int
    let sum: ShardSum<S>
    let report: ShardSum<Double>
  }

  init(_ delayed: RankDelayedSweep) {
    self.delayed = delayed
    workspace = DataParallelWorkspace(
      for: delayed.training.network, delayed.shards.parts(delayed.order, delayed.communicator))
  }

  private var method: DelayedSweep { delayed.method }
  private var network: Network { delayed.training.network }

  mutating func step(
    _ state: inout TrainingState<S>, from samples: any SampleSource, isInterrupted: Bool,
    on pool: WorkerPool
  ) throws -> RankStep {
    let training = delayed.training
    try training.check(samples)
    let chosen = training.nextBatch(
      of: &state.progress, &workspace.parts[0], samples: samples.count)
    workspace.fill(network, from: samples, chosen, visit: training.visit(state.progress), on: pool)
    let stepFactor = training.stepFactor(samples: samples.count, after: state.progress)
    try start(state, of: chosen.count, isInterrupted: isInterrupted, on: pool)
    self.isInterrupted = false
    let gradient = try arrival(&state)
    try method.update(
      &state, along: gradient, samples: chosen.count, network, stepFactor, on: pool)
    state.progress.step += 1
    state.progress.gradientEvaluations += 1
    let endsEpoch = state.progress.samplesOfEpoch + chosen.count >= samples.count
    if endsEpoch || self.isInterrupted { try drain(&state) }
    _ = state.progress.advance(by: chosen.count, of: samples.count)
    return RankStep(endsEpoch: endsEpoch, isInterrupted: self.isInterrupted)
  }

  /// Forward, backward, and the sum of this step's gradient sent on its way.
  private mutating func start(
    _ state: TrainingState<S>, of whole: Int, isInterrupted: Bool, on pool: WorkerPool
  ) throws {
    var (gradients, reports): ([Tensor<S>], [Tensor<Double>]) = ([], [])
    for part in workspace.parts.indices {
      var (loss, blocks) = (0.0, zeros)
      if workspace.parts[part].batch.inputs.rows > 0 {
        (loss, blocks) = try workspace.parts[part].states.gradient(
          of: workspace.parts[part].batch, by: method.signal, network, at: state.theta,
          nudge: method.nudge, scale: method.scale(whole), on: pool)
      }
      gradients.append(Tensor(joining: Array(blocks.joined())))
      reports.append(Tensor(rows: [[loss, isInterrupted && part == 0 ? 1 : 0]]))
    }
    let tag = 2 * (state.progress.step % (method.delay + 1))
    for gradient in underway { try gradient.sum.advance() }
    underway.append(
      Gradient(
        step: state.progress.step, sum: try sum(gradients, tag: tag),
        report: try sum(reports, tag: tag + 1)))
  }

  private func sum<T: TensorScalar & Transferable>(
    _ parts: [Tensor<T>], tag: Int
  ) throws(CommunicationError) -> ShardSum<T> {
    try ShardSum(parts, delayed.order, over: delayed.shards, delayed.communicator, tag: tag)
  }

  /// Nothing for each block that is trained.
  private var zeros: [[Tensor<S>]] {
    (1...network.depth).map { l in
      network.isTrainedBlock(l)
        ? network.layers[l - 1].stage.parameters.map { Tensor(shape: $0.shape) } : []
    }
  }

  /// The gradient of `K` steps ago: a sum under way, or out of the state if it was waited for earlier; of no
  /// use in the first `K` steps.
  private mutating func arrival(_ state: inout TrainingState<S>) throws -> [[Tensor<S>]] {
    if let oldest = underway.first, oldest.step == state.progress.step - method.delay {
      underway.removeFirst()
      return try wait(for: oldest, &state.progress)
    }
    var gradient = zeros
    method.exchange(&gradient, ofStep: state.progress.step, in: &state)
    return gradient
  }

  private mutating func wait(
    for gradient: Gradient, _ progress: inout TrainingProgress
  ) throws -> [[Tensor<S>]] {
    let report = try gradient.report.wait().scalars
    progress.lossOfEpoch += report[0]
    isInterrupted = isInterrupted || report[1] > 0
    let shapes = zeros.map { $0.map(\.shape) }
    var parts = try gradient.sum.wait().split(into: Array(shapes.joined()))[...]
    return shapes.map { shapes in shapes.map { _ in parts.removeFirst() } }
  }

  /// Waits for what is under way and leaves it in the state.
  private mutating func drain(_ state: inout TrainingState<S>) throws {
    for gradient in underway {
      var blocks = try wait(for: gradient, &state.progress)
      method.exchange(&blocks, ofStep: gradient.step, in: &state)
    }
    underway = []
  }

  mutating func handOut(_ state: inout TrainingState<S>) throws {
    try delayed.communicator.broadcast(&state)
  }

  mutating func collect(_ state: inout TrainingState<S>) throws { try drain(&state) }

  mutating func agree(on state: inout TrainingState<S>) throws {
    try delayed.communicator.broadcast(&state)
  }
}
