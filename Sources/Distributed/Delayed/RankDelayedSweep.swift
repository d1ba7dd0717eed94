import Lifted
import Tensors

/// Training by delayed gradients whose samples are shared out over ranks: each step is that of one process on
/// the same batch, and the sum of its gradient has `K` steps to arrive.
///
///     step t    own samples of batch t at theta_t, start their sum;   wait for the sum of step t - K and take it
///
/// After an epoch, and before an end, all wait for what is under way, so that a checkpoint holds it. Losses and
/// wishes to end arrive with the gradients, `K` steps late. Orders of sums and shards are those of
/// ``DataParallelTraining``. With `N` parameters a step sums `N` numbers, and 2 figures (``ShardSum`` says how
/// often they travel); at the start and after each epoch the first rank gives everybody its weights, moments and
/// `K` gradients.
///
/// With ``SumOrder/fast`` the library adds while ranks work; with ``SumOrder/deterministic`` ranks that others'
/// sums go through add them when they wait.
public struct RankDelayedSweep: RankTraining {
  let training: StochasticTraining
  let method: DelayedSweep
  public let communicator: any Communicator
  /// How sums are formed.
  public let order: SumOrder
  /// Who owns which samples.
  public let shards: Shards

  /// - Parameters:
  ///   - training: what is trained, by a ``Lifted/DelayedSweep``.
  ///   - samples: the number of training samples.
  ///   - communicator: the ranks; all make the same calls.
  ///   - order: how sums are formed.
  ///   - shards: into how many shards samples are cut.
  /// - Throws: ``Lifted/SolverError`` for another method, or unless `ranks <= shards <= samples`.
  public init(
    _ training: StochasticTraining, samples: Int, over communicator: any Communicator,
    order: SumOrder = .fast, shards: Int = DataParallelTraining.usualShards
  ) throws(SolverError) {
    guard let method = training.method as? DelayedSweep else {
      throw .unsuitable("\(type(of: training.method)) has no delay; use a method of kind delayed")
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
    DelayedSteps(self)
  }
}
