import Lifted

/// Ranks as a grid of layers and samples: `P` owners of consecutive layers, each of them `Q` ranks that have a
/// part of the samples.
///
///     rank r = q P + p   has the layers of owner p and the samples of part q
///
/// With `Q = 1` it is layers alone that are dealt out, with `P = 1` samples alone.
public struct LayerGrid: Sendable, Equatable {
  /// Which owner has which layers.
  public let owners: LayerOwners
  /// `Q`.
  public let parts: Int
  /// `keepers[p][q]`: the layers whose weights rank `q` of owner `p` moves, with all samples; `nil` for none.
  public let keepers: [[ClosedRange<Int>?]]

  /// `P`.
  public var owning: Int { owners.layers.count }

  /// So many layers for each rank; as many parts of the samples as there are ranks for.
  /// - Throws: ``Lifted/SolverError/unsuitable(_:)`` if the ranks do not make whole parts.
  public init(_ network: Network, layersPerRank: Int, ranks: Int) throws(SolverError) {
    let each = min(max(layersPerRank, 1), network.depth)
    let owning = (network.depth + each - 1) / each
    guard layersPerRank >= 1, ranks % owning == 0 else {
      throw .unsuitable(
        "\(network.depth) layers, \(layersPerRank) on each rank, are for \(owning) ranks or a multiple of them, "
          + "and there are \(ranks); make the layers per rank auto")
    }
    self.init(
      network, try LayerOwners(network, layersPerRank: each, ranks: owning),
      parts: ranks / owning)
  }

  /// So many owners with as equal work as can be, and parts of the samples.
  /// - Throws: ``Lifted/SolverError/unsuitable(_:)`` for more owners than layers.
  init(_ network: Network, owning: Int, parts: Int) throws(SolverError) {
    self.init(network, try LayerOwners(balancing: network, ranks: owning), parts: parts)
  }

  private init(_ network: Network, _ owners: LayerOwners, parts: Int) {
    (self.owners, self.parts) = (owners, parts)
    let costs = LayerOwners.costs(of: network)
    keepers = owners.layers.map { layers in
      let own = Array(costs[(layers.lowerBound - 1)..<layers.upperBound])
      let ends = LayerOwners.balanced(own, min(parts, own.count))
      return (0..<parts).map { q in
        guard q < ends.count else { return nil }
        let first = layers.lowerBound + (q == 0 ? 0 : ends[q - 1])
        return first...(layers.lowerBound + ends[q] - 1)
      }
    }
  }

  /// The rank that moves the weights of a layer of owner `p`.
  func keeper(ofLayer l: Int, owner p: Int) -> Int {
    keepers[p].firstIndex { $0?.contains(l) ?? false } ?? 0
  }
}
