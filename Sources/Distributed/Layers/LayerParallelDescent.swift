import Lifted
import Tensors

/// Block descent whose layers belong to ranks: each has the parameters and variables of consecutive layers
/// and talks to its neighbours only.
///
/// At a boundary between layers `b` and `b + 1` a round sends
///
///     down   u_b = A_{b+1}^* R_{b+1}   and a bound of ||A_{b+1}||^2       s d_b numbers, and one
///     up     x_b, when it has moved                                       s d_b numbers
///
/// for `s` samples and `d_b` units, so all ranks together `sum_b (2 s d_b w + 8)` bytes in `3 (ranks - 1)`
/// messages, `w` the bytes of a number. Sweeps are those that move many layers at once: in a ``Sweep/jacobi`` sweep
/// all ranks work at the same time, in a ``Sweep/redBlack`` one each on half its layers at a time. The
/// point is that of ``BlockDescent`` on one process, bit for bit, whatever the ranks.
public struct LayerParallelDescent: Sendable {
  /// What is done, as on one process.
  public let descent: BlockDescent
  /// Which rank has which layers.
  public let owners: LayerOwners

  /// - Throws: ``SolverError/unsuitable(_:)`` for a sweep in which layers wait for one another, a guard, which
  ///   would need the energy in each round, a solver that asks the layer above more than once a visit, or
  ///   samples in blocks.
  public init(_ descent: BlockDescent, owners: LayerOwners) throws(SolverError) {
    if let refusal = Self.refusal(of: descent) { throw refusal }
    (self.descent, self.owners) = (descent, owners)
  }

  /// Why layers of a descent cannot be on different ranks; `nil` if they can.
  static func refusal(of descent: BlockDescent) -> SolverError? {
    guard descent.sweep == .jacobi || descent.sweep == .redBlack else {
      return .unsuitable(
        "in a \(descent.sweep.rawValue) sweep layers wait for one another, and so would ranks; use jacobi "
          + "or redBlack")
    }
    guard !descent.isGuarded else {
      return .unsuitable("a guard needs the whole energy in each round; leave it out over ranks")
    }
    guard descent.variableSolver.looksAboveOnce else {
      return .unsuitable(
        "\(type(of: descent.variableSolver)) asks the layer above more than once a visit, or elsewhere than "
          + "at its variable, and that layer may be on another rank; use proximalGradient with one step"
      )
    }
    guard descent.schedule != .rows else {
      return .unsuitable("over ranks it is layers that are cut; make the cut auto or layers")
    }
    return nil
  }

  /// Where a rank is.
  public struct RankState<S: TensorScalar>: Sendable {
    fileprivate var share: LayerShare<S>

    /// The layers of this rank.
    public var layers: ClosedRange<Int> { share.layers }
    /// Parameters and variables; those of other ranks' layers are empty, but for `x_{a-1}`.
    public var point: LiftedPoint<S> { share.point }
    /// Rounds done.
    public var rounds: Int { share.rounds }
  }

  /// The state of this rank at a point that all ranks share. Nothing is kept of what is others'.
  /// - Throws: ``CommunicationError/size(what:expected:found:)`` if there are not as many ranks as owners.
  public func start<S: TensorScalar>(
    at point: LiftedPoint<S>, with communicator: any Communicator
  ) throws(CommunicationError) -> RankState<S> {
    guard communicator.size == owners.layers.count else {
      throw .size(
        what: "owners of layers", expected: owners.layers.count, found: communicator.size)
    }
    return RankState(
      share: LayerShare(descent, layers: owners.layers[communicator.rank], of: point))
  }

  /// One round of all ranks. A block whose solver gives up, since the descent has diverged, is filled with what
  /// is no number, and ``value(of:with:on:)`` throws the error: a rank that ended alone would leave its neighbours
  /// waiting.
  /// - Throws: ``CommunicationError``.
  public func round<S: TensorScalar & Transferable>(
    _ state: inout RankState<S>, with communicator: any Communicator, on pool: WorkerPool
  ) throws {
    let neighbours = RankNeighbours<S>(communicator)
    try state.share.round(with: neighbours, on: pool)
    try neighbours.finish()
  }

  /// The energy, the same on every rank: two doubles from each.
  /// - Throws: ``CommunicationError``, or on all ranks the ``Lifted/SolverError`` of the first whose solver gave up in
  ///   a round.
  public func value<S: TensorScalar>(
    of state: RankState<S>, with communicator: any Communicator, on pool: WorkerPool
  ) throws -> Double {
    let share = state.share
    let sums = try communicator.allReduce([share.value(on: pool), share.failure == nil ? 0 : 1])
    if sums[1] > 0 { try communicator.agree(on: share.failure) }
    return sums[0]
  }

  /// The whole point on every rank: each layer's parameters and variables broadcast by their owner.
  public func gather<S: TensorScalar & Transferable>(
    _ state: RankState<S>, with communicator: any Communicator
  ) throws(CommunicationError) -> LiftedPoint<S> {
    var point = state.point
    let network = descent.energy.network
    let samples = point.x[state.layers.upperBound].rows
    for (rank, layers) in owners.layers.enumerated() {
      for l in layers where rank != communicator.rank {
        point.theta.layers[l - 1] = network.layers[l - 1].stage.parameters.map {
          Tensor(shape: $0.shape)
        }
        point.x[l] = Tensor(shape: [samples, network.layers[l - 1].stage.outputs])
      }
      if rank == 0, communicator.rank > 0 { point.x[0] = Tensor(shape: [samples, network.inputs]) }
      for l in layers {
        for slot in point.theta.layers[l - 1].indices {
          try communicator.broadcast(&point.theta.layers[l - 1][slot], from: rank)
        }
        try communicator.broadcast(&point.x[l], from: rank)
      }
      if rank == 0 { try communicator.broadcast(&point.x[0], from: 0) }
    }
    return point
  }

  /// What all ranks together give away in a round.
  public func volume<S: TensorScalar>(samples: Int, of type: S.Type) -> Traffic {
    let last = descent.energy.network.depth
    let hidden = descent.free.contains(.hidden)
    let boundaries = owners.layers.map(\.upperBound).filter { $0 < last && hidden }
    return boundaries.reduce(into: Traffic()) { traffic, b in
      let width = descent.energy.network.layers[b - 1].stage.outputs
      traffic.messages += 3
      traffic.bytes += 2 * samples * width * MemoryLayout<S>.stride + MemoryLayout<Double>.stride
    }
  }
}
