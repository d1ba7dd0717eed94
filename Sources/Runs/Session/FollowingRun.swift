import Distributed
import Lifted
import Tensors

/// What a rank other than the first does of a ``TrainingRun``: its part of the steps, and nothing that
/// can be seen. The first rank writes, speaks and decides when to end.
public struct FollowingRun {
  private let ranks: any Communicator
  private var trainer: Trainer
  private var state: TrainingState<Float>

  /// - Parameters:
  ///   - experiment: the same as the first rank's.
  ///   - parallel: its training by all ranks.
  ///   - pool: the threads to work with.
  /// - Throws: an error of one line if this rank's samples cannot be read.
  public init(
    _ experiment: Experiment, together parallel: any RankTraining, on pool: WorkerPool
  ) throws {
    ranks = parallel.communicator
    var data = experiment.data
    try data.keepTraining(only: parallel.ownSamples)
    trainer = Trainer(experiment.training, on: data.train, together: parallel, pool)
    state = experiment.training.start(from: experiment.initial)
  }

  /// Goes along until the first rank ends; the reason is the same. At the start it takes over what it needs of
  /// that rank's state, and gives it back where that rank writes.
  /// - Throws: `AgreedError`, `CommunicationError`.
  public mutating func run(isInterrupted: () -> Bool) throws -> StopReason {
    if let reason = try hear() { return reason }
    try trainer.handOut(&state)
    while true {
      if trainer.isToEnd(isInterrupted) {
        try trainer.collect(&state)
        return .interrupted
      }
      let endsEpoch = try trainer.step(&state, isInterrupted)
      let hasDiverged = try trainer.hasDiverged(state, atEndOfEpoch: endsEpoch)
      if hasDiverged || endsEpoch { try trainer.collect(&state) }
      if hasDiverged { return .notFinite }
      guard endsEpoch else { continue }
      if let reason = try hear() { return reason }
      try trainer.agree(on: &state)
    }
  }

  /// Why to end; nil to go on.
  private func hear() throws -> StopReason? { try ranks.broadcast(value: StopReason?.none) }
}
