import Distributed
import Lifted

/// How several ranks are to share a training, as far as it has been said.
public struct RankPlan: Sendable, Equatable, Codable {
  /// The order of sums over samples; nil for the usual one.
  public var order: SumOrder?
  /// Into how many shards samples are cut; nil for the usual number.
  public var shards: Int?

  /// A plan; what is left out is chosen.
  public init(order: SumOrder? = nil, shards: Int? = nil) {
    (self.order, self.shards) = (order, shards)
  }

  /// An experiment's training by all ranks.
  /// - Throws: `SolverError` where its method cannot be shared out so.
  public func training(
    of experiment: Experiment, over ranks: any Communicator
  ) throws -> any RankTraining {
    try DataParallelTraining(
      experiment.training, samples: experiment.data.train.count, over: ranks,
      order: order ?? .fast,
      shards: shards ?? max(DataParallelTraining.usualShards, ranks.size))
  }
}

extension SumPlan {
  /// That of an earlier run, as its last checkpoint has it; nil if it was one process in its own order.
  public init?(of folder: RunFolder) {
    guard let plan = Checkpoint.sums(of: folder) else { return nil }
    self = plan
  }
}
