import Lifted
import Tensors

/// Consensus ADMM with a worker on each rank, which holds its own samples only.
///
///     W^p <- about argmin E_p(W) + rho/2 ||W - Z + U^p||^2       localSteps gradients, no messages
///     Z   <- prox_{R/(rho P)}( 1/P sum_p (W^p + U^p) )           one all-reduce
///     U^p <- U^p + W^p - Z
///
/// A rank gives away `N + 1` numbers a round, `N` those of the layer's parameters, however many local
/// steps and samples there are; one double at the start, when `rho` is agreed on.
extension ConsensusADMM {
  /// Where a rank is.
  public struct RankState<S: TensorScalar>: Sendable {
    /// What all agree on, `Z`, the same on every rank.
    public fileprivate(set) var theta: [Tensor<S>]
    fileprivate var worker: ConsensusWorker<S>
    /// The `rho` that is used, the same on every rank.
    public let rho: Double
    /// Rounds done.
    public fileprivate(set) var rounds = 0

    /// `||W^p - Z||`, how far this rank is from agreeing.
    public var disagreement: Double { worker.distance(to: theta) }
  }

  /// The state of this rank at a point that all ranks share.
  /// - Parameter part: this rank's samples, of the same whole as the others'.
  /// - Throws: ``CommunicationError``, that of sizes if there are not ``workers`` ranks.
  public func start<S: TensorScalar & Transferable>(
    from theta: [Tensor<S>], _ part: LayerProblem<S>, with communicator: any Communicator,
    on pool: WorkerPool
  ) throws(CommunicationError) -> RankState<S> {
    guard communicator.size == workers else {
      throw .size(what: "workers of consensus ADMM", expected: workers, found: communicator.size)
    }
    let worker = ConsensusWorker(at: theta, part, 0..<part.samples, on: pool)
    let greatest = try communicator.allReduce([worker.lipschitz], by: .maximum)
    return RankState(theta: theta, worker: worker, rho: rho ?? greatest[0])
  }

  /// This rank's steps, then what all agree on.
  /// - Throws: ``CommunicationError``.
  public func round<S: TensorScalar & Transferable>(
    _ state: inout RankState<S>, _ part: LayerProblem<S>, with communicator: any Communicator,
    on pool: WorkerPool
  ) throws(CommunicationError) {
    state.worker.move(
      localSteps, towards: state.theta, rho: state.rho, part, 0..<part.samples, on: pool)
    let share = S(1) / S(workers)
    let parcel = Parcel(state.worker.proposal.map { $0.scaled(by: share) })
    try parcel.allReduce(with: communicator)
    state.theta = Self.agreed(parcel.contents.tensors, part, rho: state.rho, workers: workers)
    state.worker.agree(on: state.theta)
    state.rounds += 1
  }
}
