import Distributed
import Lifted

extension RankPlan {
  /// An experiment's training by all ranks: layers, samples or both shared out where the method is block
  /// descent, samples otherwise.
  /// - Throws: `SolverError` where its method cannot be shared out so.
  public func training(
    of experiment: Experiment, over ranks: any Communicator
  ) throws -> any RankTraining {
    let (training, samples) = (experiment.training, experiment.data.train.count)
    let shards = shards ?? max(min(DataParallelTraining.usualShards, samples), ranks.size)
    if layersPerRank != nil { return try grid(of: training, samples: samples, over: ranks) }
    switch training.method {
    case is BlockDescentTraining: return try grid(of: training, samples: samples, over: ranks)
    case let method as ConsensusTraining:
      try checkShards(of: method)
      return try RankConsensus(
        training, samples: samples, over: ranks, order: order ?? .deterministic)
    case is DelayedSweep:
      return try RankDelayedSweep(
        training, samples: samples, over: ranks, order: order ?? .fast, shards: shards)
    default:
      return try DataParallelTraining(
        training, samples: samples, over: ranks, order: order ?? .fast, shards: shards)
    }
  }

  /// Block descent, its layers, samples or both shared out.
  private func grid(
    of training: StochasticTraining, samples: Int, over ranks: any Communicator
  ) throws -> any RankTraining {
    guard order == nil, shards == nil else {
      throw SolverError.unsuitable(
        "an order of sums and shards are for methods that add up gradients over ranks; here ranks gather "
          + "samples: leave both out")
    }
    return try LayerParallelTraining(
      training, samples: samples, layersPerRank: layersPerRank ?? .auto, over: ranks)
  }

  /// A worker is a shard.
  private func checkShards(of method: ConsensusTraining) throws(SolverError) {
    guard let shards, shards != method.workers else { return }
    throw .unsuitable(
      "\(shards) shards for a consensus of \(method.workers) workers, of which each is one; leave the shards "
        + "out, or make the recipe's workers \(shards)")
  }
}

extension RankPlan {
  /// That of an earlier run, as its last checkpoint has it; nil if it was one process in its own order.
  public init?(of folder: RunFolder) {
    guard let plan = Checkpoint.plan(of: folder) else { return nil }
    self = plan
  }

  /// This plan, and where it says nothing an earlier one: as many layers on each rank only if they still make up the
  /// ranks.
  public func following(
    _ earlier: RankPlan?, of experiment: Experiment, ranks: Int
  ) -> RankPlan {
    var plan = self
    plan.order = order ?? earlier?.order
    plan.shards = shards ?? earlier?.shards
    if case .count(let count)? = earlier?.layersPerRank, layersPerRank == nil,
      (try? LayerGrid(experiment.network, layersPerRank: count, ranks: ranks)) != nil
    {
      plan.layersPerRank = earlier?.layersPerRank
    }
    return plan
  }
}
