import Lifted
import Tensors

/// Training by block descent whose layers, or samples, or both belong to ranks: each step is that of
/// ``Lifted/BlockDescentTraining`` on the same batch.
///
/// Variables are moved by those who own their layers, samples side by side; layers' weights by their keepers,
/// who gather all samples of the batch for it, so that every solver can be used. Of the lifted energy nothing
/// else couples layers or samples. With `P` owners of layers and `Q` parts of the samples (``LayerGrid``), a batch of
/// `s` samples, `d_l` units of layer `l`, `N_l` numbers in its parameters, `w` bytes in a number and `K` rounds all
/// ranks together send in a step
///
///     forward     s d_b w                               at each boundary b between owners
///     rounds      K (2 s d_b w + 8 Q)                   at each boundary
///     weights     K sum over keepers (s - s_q) sum over its x_{c-1}, …, x_d of d_l w        if Q > 1
///                 K sum_l N_l w, each broadcast to the Q ranks of its owner                 if Q > 1
///     report      24 bytes on each rank
///
/// and at the end of an epoch what a diagnosis and a checkpoint need. With `Q = 1` the weights are those of one
/// process bit for bit, else to rounding. The forward pass, in which layers wait for one another, starts restarted
/// variables and tells the loss; it is what layers on ranks do not make faster.
public struct LayerParallelTraining: RankTraining {
  /// What is trained, and how.
  public let training: StochasticTraining
  /// The ranks.
  public let communicator: any Communicator
  /// Who has what.
  public let grid: LayerGrid
  private let layersPerRank: LayersPerRank
  let method: BlockDescentTraining
  let shards: Shards

  /// - Parameters:
  ///   - training: what is trained, by a ``Lifted/BlockDescentTraining``.
  ///   - samples: the number of training samples.
  ///   - layersPerRank: how layers are dealt out.
  ///   - communicator: the ranks; all make the same calls.
  /// - Throws: ``Lifted/SolverError`` for another method, for layers on ranks where they wait for one another or
  ///   a solver looks further than at its neighbours, for samples on ranks where a solver looks at all of
  ///   them, for a guard, or for ranks that make no grid.
  public init(
    _ training: StochasticTraining, samples: Int, layersPerRank: LayersPerRank = .auto,
    over communicator: any Communicator
  ) throws(SolverError) {
    guard let method = training.method as? BlockDescentTraining else {
      throw .unsuitable(
        "\(type(of: training.method)) goes through the layers one after the other, so that they cannot be "
          + "dealt out; use a method of kind blockDescent, or leave the layers per rank out")
    }
    (self.training, self.method, self.communicator) = (training, method, communicator)
    self.layersPerRank = layersPerRank
    let (network, ranks) = (training.network, communicator.size)
    try Self.check(method, network)
    let trial = try method.descent(network, method.initialWeights(network), stepFactor: 1)
    let refusals = (
      layers: LayerParallelDescent.refusal(of: trial), samples: Self.refusal(of: method)
    )
    switch layersPerRank {
    case .count(let count): grid = try LayerGrid(network, layersPerRank: count, ranks: ranks)
    case .auto:
      grid = try LayerGrid.best(
        network, ranks: ranks, samples: min(training.batchSize, samples), rounds: method.rounds,
        refusals: refusals)
    }
    if grid.owning > 1, let refusal = refusals.layers { throw refusal }
    if grid.parts > 1, let refusal = refusals.samples { throw refusal }
    shards = try Shards(grid.parts, of: samples, over: grid.parts)
  }

  /// Why samples cannot be on different ranks; `nil` if they can.
  private static func refusal(of method: BlockDescentTraining) -> SolverError? {
    guard !method.variableSolver.movesRowsApart else { return nil }
    return .unsuitable(
      "\(type(of: method.variableSolver)) looks at all samples at once, so that they cannot be on different "
        + "ranks; use proximalGradient")
  }

  private static func check(
    _ method: BlockDescentTraining, _ network: Network
  ) throws(SolverError) {
    guard !method.isGuarded else {
      throw .unsuitable("a guard needs the whole energy in each round; leave it out over ranks")
    }
    guard !network.layers.contains(where: { $0.stage is any NormalisingStage }) else {
      throw .unsuitable(
        "statistics of a normalising layer go through the whole network, which is on several ranks; leave "
          + "batch normalisation out, or use one process")
    }
  }

  /// Which of the owners this rank is.
  var owner: Int { communicator.rank % grid.owning }
  /// Which part of the samples it has.
  var part: Int { communicator.rank / grid.owning }
  /// The layers of this rank.
  public var ownLayers: ClosedRange<Int> { grid.owners.layers[owner] }
  /// The samples of this rank.
  public var ownSamples: Range<Int> { shards.samples(of: shards.owned(by: part)) }
  /// The layers per rank, where a number was asked for.
  public var plan: RankPlan {
    RankPlan(layersPerRank: layersPerRank == .auto ? nil : layersPerRank)
  }

  public func steps<S: TensorScalar & Transferable>(of type: S.Type) -> any RankSteps<S> {
    LayerParallelSteps(self)
  }

  /// What all ranks together give away in a step that is not the last of its epoch.
  /// - Parameter samples: of the batch, in each part.
  public func volume<S: TensorScalar>(samples: [Int], of type: S.Type) -> Traffic {
    let (network, width, rounds) = (training.network, MemoryLayout<S>.stride, method.rounds)
    var traffic = Traffic(messages: communicator.size, bytes: 24 * communicator.size)
    func send(_ numbers: Int) {
      traffic.messages += 1
      traffic.bytes += numbers * width
    }
    for owner in grid.owners.layers where owner.upperBound < network.depth {
      for count in samples {
        if count > 0 { send(count * network.widths[owner.upperBound]) }
        for _ in 0..<rounds where count > 0 {
          send(count * network.widths[owner.upperBound])
          send(count * network.widths[owner.upperBound])
          traffic.messages += 1
          traffic.bytes += MemoryLayout<Double>.stride
        }
      }
    }
    guard grid.parts > 1 else { return traffic }
    for _ in 0..<rounds {
      for keepers in grid.keepers {
        for (q, layers) in keepers.enumerated() {
          guard let layers else { continue }
          for other in samples.indices where other != q && samples[other] > 0 {
            for l in (layers.lowerBound - 1)...layers.upperBound {
              send(samples[other] * network.widths[l])
            }
          }
          for l in layers where network.layers[l - 1].isTrainable {
            for parameter in network.layers[l - 1].stage.parameters {
              send(parameter.shape.reduce(1, *))
            }
          }
        }
      }
    }
    return traffic
  }
}
