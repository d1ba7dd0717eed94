import Lifted
import Tensors

/// Minibatch training whose samples are shared out over ranks: each step is that of
/// ``Lifted/StochasticTraining`` on the same batch, every sample worked on by the rank that owns it.
///
/// All ranks have the same parameters. Losses, gradients or Gram pairs are summed over ranks, layer by layer
/// while the layers below are still at work, and each rank takes the same step. Under
/// ``SumOrder/fast`` the weights are those of one process to rounding, under ``SumOrder/deterministic``
/// the same bits for any number of ranks. A step of ``Lifted/OneSweep`` on a batch of `B` samples sums, for
/// each block of parameters of a layer with `n` inputs and `m` units, so many numbers (``ShardSum`` says how
/// often they travel):
///
///     gradient, momentum, adam            m (n + 1), or however many parameters there are
///     implicit, B > n + 1; covariance     (n + 1)^2 + m (n + 1)
///     implicit, else                      gathers B (m + n) instead of a sum
///     and once a step                     3, or 3 and one for each hidden layer when the nudge looks at them
///     and once an epoch                   1
public struct DataParallelTraining: RankTraining {
  /// What is trained, and how.
  public let training: StochasticTraining
  /// The ranks.
  public let communicator: any Communicator
  /// How sums are formed.
  public let order: SumOrder
  /// Who owns which samples.
  public let shards: Shards
  let method: OneSweep

  /// The usual number of shards.
  public static let usualShards = 16

  /// - Parameters:
  ///   - training: what is trained, by a ``Lifted/OneSweep``.
  ///   - samples: the number of training samples.
  ///   - communicator: the ranks; all make the same calls.
  ///   - order: how sums are formed.
  ///   - shards: into how many shards samples are cut; the bits of a deterministic training depend on it.
  /// - Throws: ``Lifted/SolverError`` for another method, or unless `ranks <= shards <= samples`.
  public init(
    _ training: StochasticTraining, samples: Int, over communicator: any Communicator,
    order: SumOrder = .fast, shards: Int = DataParallelTraining.usualShards
  ) throws(SolverError) {
    guard let method = training.method as? OneSweep else {
      throw .unsuitable(
        "\(type(of: training.method)) cannot share its samples out over ranks; use a method of kind "
          + "sweep, blockDescent, consensus or delayed, or one process")
    }
    self.shards = try Shards(shards, of: samples, over: communicator.size)
    (self.training, self.method) = (training, method)
    (self.communicator, self.order) = (communicator, order)
  }

  /// The samples that this rank works on.
  public var ownSamples: Range<Int> { shards.samples(of: shards.owned(by: communicator.rank)) }

  /// The order and the shards.
  public var plan: RankPlan { RankPlan(order: order, shards: shards.count) }

  public func steps<S: TensorScalar & Transferable>(of type: S.Type) -> any RankSteps<S> {
    DataParallelSteps(self)
  }

  /// One step, as ``Lifted/StochasticTraining/step(_:_:from:on:)``, by all ranks together.
  /// - Parameters:
  ///   - state: the same on all ranks before and after.
  ///   - workspace: memory.
  ///   - samples: all samples under their numbers; only ``ownSamples`` are looked at.
  ///   - isInterrupted: whether this rank asks for an end; all then learn of it.
  ///   - pool: this rank's threads.
  /// - Throws: ``CommunicationError``, or ``Lifted/SolverError`` on all ranks alike: that of an update which
  ///   failed on any of them, in the step after it, or at once in the last of an epoch.
  public func step<S: TensorScalar & Transferable>(
    _ state: inout TrainingState<S>, _ workspace: inout DataParallelWorkspace<S>,
    from samples: some SampleSource, isInterrupted: Bool = false, on pool: WorkerPool
  ) throws -> RankStep {
    try training.check(samples)
    let chosen = training.nextBatch(
      of: &state.progress, &workspace.parts[0], samples: samples.count)
    workspace.fill(
      training.network, from: samples, chosen, visit: training.visit(state.progress), on: pool)
    if let keep = training.keptOfStatistics(state.progress) {
      try renewStatistics(of: &state.theta, workspace, keeping: S(keep), on: pool)
    }
    let step = DataParallelSweep(
      self, samples: chosen.count,
      stepFactor: training.stepFactor(samples: samples.count, after: state.progress), pool: pool)
    let isInterrupted = try step.take(
      &state, &workspace, rows: rows(of: chosen), isInterrupted: isInterrupted)
    let endsEpoch = state.progress.advance(by: chosen.count, of: samples.count)
    if endsEpoch { try communicator.agree(on: workspace.failure) }
    return RankStep(endsEpoch: endsEpoch, isInterrupted: isInterrupted)
  }

  /// How many samples of a batch each rank has.
  private func rows(of chosen: ArraySlice<Int>) -> [Int] {
    var rows = Array(repeating: 0, count: communicator.size)
    for sample in chosen { rows[shards.owner(of: shards.shard(of: sample))] += 1 }
    return rows
  }

  /// A sum over shards of one tensor for each part.
  func sum<S: TensorScalar & Transferable>(
    _ parts: [Tensor<S>], tag: Int
  ) throws(CommunicationError) -> ShardSum<S> {
    try ShardSum(parts, order, over: shards, communicator, tag: tag)
  }

  /// The same of tensors that travel together.
  func sum<S: TensorScalar & Transferable>(
    together parts: [[Tensor<S>]], tag: Int
  ) throws(CommunicationError) -> ShardSum<S> {
    try ShardSum(together: parts, order, over: shards, communicator, tag: tag)
  }

  /// ``Lifted/Parameters/renewStatistics(of:from:keeping:on:)`` from all ranks' samples.
  private func renewStatistics<S: TensorScalar & Transferable>(
    of theta: inout Parameters<S>, _ workspace: DataParallelWorkspace<S>, keeping keep: S,
    on pool: WorkerPool
  ) throws(CommunicationError) {
    let stages = training.network.layers.map { $0.stage as? any NormalisingStage }
    guard let last = stages.lastIndex(where: { $0 != nil }) else { return }
    var x = workspace.parts.map(\.batch.inputs)
    for (index, layer) in training.network.layers[...last].enumerated() {
      if let stage = stages[index] {
        let sums = try sum(x.map { stage.statisticSums(of: $0, on: pool) }, tag: 0).wait()
        stage.renewStatistics(of: &theta.layers[index], from: sums, keeping: keep)
      }
      for part in x.indices where x[part].rows > 0 {
        var z = Tensor<S>(shape: [x[part].rows, layer.stage.outputs])
        var out = z
        layer.forward(theta.layers[index], x[part], &z, &out, on: pool)
        x[part] = out
      }
      for part in x.indices where x[part].rows == 0 {
        x[part] = Tensor(shape: [0, layer.stage.outputs])
      }
    }
  }
}

/// Memory of a rank's steps; between them it holds nothing that matters but an update's failure.
public struct DataParallelWorkspace<S: TensorScalar & Transferable>: Sendable {
  /// One for each of the rank's shards, or one for all of them where order does not matter.
  var parts: [TrainingWorkspace<S>]
  private let samples: [Range<Int>]
  /// Why this rank could not take its last updates.
  var failure: SolverError?

  /// Empty; it grows at the first step.
  public init(for training: DataParallelTraining) {
    self.init(
      for: training.training.network, training.shards.parts(training.order, training.communicator))
  }

  /// The same for given parts of the samples.
  init(for network: Network, _ samples: [Range<Int>]) {
    self.samples = samples
    parts = samples.map { _ in TrainingWorkspace(for: network) }
  }

  /// The parts of a batch, each in the batch's order.
  mutating func fill(
    _ network: Network, from source: some SampleSource, _ chosen: ArraySlice<Int>, visit: UInt64,
    on pool: WorkerPool
  ) {
    for (part, range) in samples.enumerated() {
      let own = chosen.filter(range.contains)
      parts[part].fill(network, from: source, own[...], visit: visit, on: pool)
    }
  }
}
