import Lifted
import Tensors

/// Training by consensus whose workers are shared out over ranks: each step is that of one process, every
/// worker moved by the rank that owns it.
///
///     each step         W^p for the workers of this rank                      no messages
///     each localSteps   sum_p (W^p + U^p), and losses and wishes to end       one sum over ranks, one report
///     each epoch        a report, if a round is not over; W^p and U^p go to the first rank, which writes them
///
/// A worker is a shard of the samples (``Shards``), and workers' proposals are added in the order of the tree
/// over workers: the same bits for any number of ranks, and for one process. With ``SumOrder/fast`` each rank adds
/// up its own workers and the library the ranks' sums.
///
/// With `N` parameters, `P` workers, `R` ranks and `s` steps since the last report all ranks together give away
///
///     a sum of N numbers and a report of s + 1    as ``ShardSum`` has it: (C + 1) times so many, fast R times
///     after an epoch                              2 N for each worker that is not on the first rank
///     at the start                                N, and of a run that goes on as much as after an epoch
///
/// Processors of several kinds may round differently: `Z` is the mean of what all have, and nothing builds up.
public struct RankConsensus: RankTraining {
  let training: StochasticTraining
  let method: ConsensusTraining
  public let communicator: any Communicator
  /// How workers' proposals are added.
  public let order: SumOrder
  /// Who owns which worker, and which samples they have.
  public let shards: Shards

  /// - Parameters:
  ///   - training: what is trained, by ``Lifted/ConsensusTraining``.
  ///   - samples: the number of training samples.
  ///   - communicator: the ranks; all make the same calls.
  ///   - order: how workers' proposals are added.
  /// - Throws: ``Lifted/SolverError`` for another method, or unless `ranks <= workers <= samples`.
  public init(
    _ training: StochasticTraining, samples: Int, over communicator: any Communicator,
    order: SumOrder = .deterministic
  ) throws(SolverError) {
    guard let method = training.method as? ConsensusTraining else {
      throw .unsuitable(
        "\(type(of: training.method)) has no workers; use a method of kind consensus")
    }
    guard communicator.size <= method.workers else {
      throw .unsuitable(
        "\(method.workers) workers for \(communicator.size) ranks; make workers a multiple of the ranks, or "
          + "start as many ranks as workers")
    }
    shards = try Shards(method.workers, of: samples, over: communicator.size)
    (self.training, self.method) = (training, method)
    (self.communicator, self.order) = (communicator, order)
  }

  /// The workers of this rank.
  var ownWorkers: Range<Int> { shards.owned(by: communicator.rank) }
  /// The samples of this rank's workers.
  public var ownSamples: Range<Int> { shards.samples(of: ownWorkers) }
  /// None but the recipe, unless the library adds in an order of its own.
  public var plan: RankPlan {
    order == .fast ? RankPlan(order: .fast, shards: method.workers) : RankPlan()
  }

  public func steps<S: TensorScalar & Transferable>(of type: S.Type) -> any RankSteps<S> {
    ConsensusSteps(self)
  }
}
