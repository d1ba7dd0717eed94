import Distributed
import Lifted
import Tensors

/// What a rank other than the first does of a ``TrainingRun``: steps on its own samples, and nothing that
/// can be seen. The first rank writes, speaks and decides when to end.
public struct FollowingRun {
  private let ranks: any Communicator
  private var trainer: Trainer
  private var state: TrainingState<Float>

  /// - Parameters:
  ///   - experiment: the same as the first rank's.
  ///   - parallel: its training by all ranks.
  ///   - pool: the threads to work with.
  public init(
    _ experiment: Experiment, together parallel: DataParallelTraining, on pool: WorkerPool
  ) {
    ranks = parallel.communicator
    trainer = Trainer(
      experiment.training, on: experiment.data.train.keeping(only: parallel.ownSamples),
      together: parallel, pool)
    state = experiment.training.start(from: experiment.initial)
  }

  /// Goes along until the first rank ends; the reason is the same. At the start and after each epoch it takes
  /// over that rank's state: the same, but where processors of several kinds round differently.
  /// - Throws: `AgreedError`, `CommunicationError`.
  public mutating func run(isInterrupted: () -> Bool) throws -> StopReason {
    if let reason = try hear() { return reason }
    while true {
      if trainer.isToEnd(isInterrupted) { return .interrupted }
      let endsEpoch = try trainer.step(&state, isInterrupted)
      if state.hasDiverged(atEndOfEpoch: endsEpoch) { return .notFinite }
      if endsEpoch, let reason = try hear() { return reason }
    }
  }

  /// Why to end; nil to go on.
  private mutating func hear() throws -> StopReason? {
    if let reason = try ranks.broadcast(value: StopReason?.none) { return reason }
    try ranks.broadcast(&state)
    return nil
  }
}
