import Distributed

/// How a run forms sums over its samples: what its bits depend on beside the recipe.
public struct SumPlan: Sendable, Equatable, Codable {
  /// In which order.
  public let order: SumOrder
  /// Over how many shards.
  public let shards: Int

  public init(_ order: SumOrder, shards: Int = DataParallelTraining.usualShards) {
    (self.order, self.shards) = (order, shards)
  }

  /// That of an earlier run, as its last checkpoint has it; nil if it was one process in its own order.
  public init?(of folder: RunFolder) {
    guard let plan = Checkpoint.sums(of: folder) else { return nil }
    self = plan
  }

  /// An experiment's training by all ranks.
  /// - Throws: `SolverError` where its method cannot be shared out, or there are more ranks than shards.
  public func training(
    of experiment: Experiment, over ranks: any Communicator
  ) throws -> DataParallelTraining {
    try DataParallelTraining(
      experiment.training, samples: experiment.data.train.count, over: ranks, order: order,
      shards: shards)
  }
}
