import Lifted
import Tensors

/// A rank's steps of a ``RankConsensus``. Of the state's memory a rank keeps what belongs to its own workers.
struct ConsensusSteps<S: TensorScalar & Transferable>: RankSteps {
  private let consensus: RankConsensus
  private var workspace: DataParallelWorkspace<S>
  /// The losses of own workers since the last report, step by step.
  private var losses: [[Double]] = []
  /// Whether this rank has asked for an end since then.
  private var wishesToEnd = false

  init(_ consensus: RankConsensus) {
    self.consensus = consensus
    workspace = DataParallelWorkspace(
      for: consensus.training.network,
      consensus.ownWorkers.map { consensus.shards.samples(of: $0..<($0 + 1)) })
  }

  private var method: ConsensusTraining { consensus.method }
  private var network: Network { consensus.training.network }
  private var ranks: any Communicator { consensus.communicator }

  mutating func step(
    _ state: inout TrainingState<S>, from samples: any SampleSource, isInterrupted: Bool,
    on pool: WorkerPool
  ) throws -> RankStep {
    let training = consensus.training
    try training.check(samples)
    let chosen = training.nextBatch(
      of: &state.progress, &workspace.parts[0], samples: samples.count)
    workspace.fill(network, from: samples, chosen, visit: training.visit(state.progress), on: pool)
    wishesToEnd = wishesToEnd || isInterrupted
    let stepFactor = training.stepFactor(samples: samples.count, after: state.progress)
    let endsRound = method.endsRound(state.progress)
    try move(&state, of: chosen.count, stepFactor, endsRound: endsRound, on: pool)
    state.progress.step += 1
    state.progress.gradientEvaluations += 1
    let loss = state.progress.lossOfEpoch
    let endsEpoch = state.progress.advance(by: chosen.count, of: samples.count)
    guard endsRound || endsEpoch else { return RankStep(endsEpoch: false, isInterrupted: false) }
    let report = try report()
    state.progress.lossOfEpoch = report.losses.reduce(loss, +)
    return RankStep(endsEpoch: endsEpoch, isInterrupted: report.isInterrupted)
  }

  /// The own workers' steps, and at the end of a round what all agree on.
  private mutating func move(
    _ state: inout TrainingState<S>, of whole: Int, _ stepFactor: Double, endsRound: Bool,
    on pool: WorkerPool
  ) throws {
    var shares = consensus.ownWorkers.enumerated().map { part, worker in
      ConsensusShare(
        replica: state.takeReplica(worker, network), batch: workspace.parts[part].batch,
        states: workspace.parts[part].takeStates(network))
    }
    defer {
      for (part, (worker, share)) in zip(consensus.ownWorkers, shares).enumerated() {
        state.putBack(share.replica, worker)
        workspace.parts[part].states = share.states
      }
    }
    try method.move(&shares, towards: state.theta, of: whole, network, stepFactor, on: pool)
    losses.append(shares.map(\.loss))
    guard endsRound else { return }
    let proposals = shares.map { Tensor(joining: Array($0.replica.proposal.joined())) }
    let shapes = shares[0].replica.multipliers.map { $0.map(\.shape) }
    var sums = try sum(proposals).split(into: Array(shapes.joined()))[...]
    method.agree(&state.theta, network) { _, _ in sums.removeFirst() }
    for k in shares.indices { shares[k].replica.agree(on: state.theta) }
  }

  /// The losses of all workers since the last report, step by step, and whether some rank asks for an end.
  private mutating func report() throws -> (losses: [Double], isInterrupted: Bool) {
    let wish: Double = wishesToEnd ? 1 : 0
    let parts = (0..<consensus.ownWorkers.count).map { part in
      Tensor(rows: [losses.map { $0[part] } + [part == 0 ? wish : 0]])
    }
    (losses, wishesToEnd) = ([], false)
    let all = try sum(parts).scalars
    return (Array(all.dropLast()), all[all.count - 1] > 0)
  }

  /// The sum over all workers of one tensor for each of this rank's.
  private func sum<T: TensorScalar & Transferable>(
    _ parts: [Tensor<T>]
  ) throws(CommunicationError) -> Tensor<T> {
    let parts = consensus.order == .fast ? [Tensor.treeSum(parts)] : parts
    return try ShardSum(parts, consensus.order, over: consensus.shards, ranks, tag: 0).wait()
  }

  mutating func handOut(_ state: inout TrainingState<S>) throws {
    try ranks.broadcast(&state.theta)
    state.progress = try ranks.broadcast(value: state.progress)
    if state.progress.step > 0 { try exchange(&state, toRoot: false) }
    guard !ranks.isRoot else { return }
    for worker in 0..<method.workers where !consensus.ownWorkers.contains(worker) {
      state.setMemory(
        ofWorker: worker, of: method.workers,
        to: state.memory(ofWorker: worker, of: method.workers).map { _ in Tensor(shape: [0]) })
    }
  }

  mutating func collect(_ state: inout TrainingState<S>) throws {
    try exchange(&state, toRoot: true)
  }

  /// All have the same `Z`, the mean of what they have.
  func agree(on state: inout TrainingState<S>) {}

  /// Moves what belongs to the workers of other ranks to the first rank, or back to them.
  private func exchange(_ state: inout TrainingState<S>, toRoot: Bool) throws {
    for worker in 0..<method.workers {
      let owner = consensus.shards.owner(of: worker)
      let (giver, taker) = toRoot ? (owner, 0) : (0, owner)
      guard giver != taker, ranks.rank == giver || ranks.rank == taker else { continue }
      let own = state.memory(ofWorker: worker, of: method.workers)
      if ranks.rank == giver {
        try ranks.send(Tensor(joining: own), to: taker, tag: worker)
      } else {
        var joined = Tensor(joining: own)
        try ranks.receive(&joined, from: giver, tag: worker)
        state.setMemory(
          ofWorker: worker, of: method.workers, to: joined.split(into: own.map(\.shape)))
      }
    }
  }
}
