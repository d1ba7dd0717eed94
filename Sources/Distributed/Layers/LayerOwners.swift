import Lifted

/// Which rank has which layers: consecutive ones, rank 0 the first.
public struct LayerOwners: Sendable, Equatable {
  /// The layers of each rank, counted from 1.
  public let layers: [ClosedRange<Int>]

  /// Layers dealt out so that the busiest rank has as little to do as can be. A layer's cost is `n m`, its
  /// inputs by its outputs, as for a dense stage.
  /// - Throws: ``SolverError/unsuitable(_:)`` for more ranks than layers.
  public init(balancing network: Network, ranks: Int) throws(SolverError) {
    try Self.check(network, ranks)
    self.init(ends: Self.balanced(Self.costs(of: network), ranks))
  }

  /// As many layers for each rank, the last with what is left.
  /// - Throws: ``SolverError/unsuitable(_:)`` if that needs another number of ranks.
  public init(_ network: Network, layersPerRank: Int, ranks: Int) throws(SolverError) {
    try Self.check(network, ranks)
    let each = min(max(layersPerRank, 1), network.depth)
    let needed = (network.depth + each - 1) / each
    guard layersPerRank >= 1, needed == ranks else {
      throw .unsuitable(
        "\(network.depth) layers, \(layersPerRank) on each rank, are for \(needed) ranks, and there are "
          + "\(ranks); make the layers per rank auto")
    }
    self.init(ends: (1...ranks).map { min($0 * each, network.depth) })
  }

  private init(ends: [Int]) {
    layers = ends.indices.map { ($0 == 0 ? 1 : ends[$0 - 1] + 1)...ends[$0] }
  }

  private static func check(_ network: Network, _ ranks: Int) throws(SolverError) {
    guard ranks >= 1, ranks <= network.depth else {
      throw .unsuitable(
        "\(ranks) ranks for \(network.depth) layers; give at least one layer to each, so at most "
          + "\(network.depth) ranks")
    }
  }

  /// What each layer costs.
  static func costs(of network: Network) -> [Int] {
    network.layers.map { $0.stage.inputs * $0.stage.outputs }
  }

  /// The last of consecutive items, counted from 1, of each of so many parts, at most as many as there are
  /// items: the dearest part is as cheap as can be.
  static func balanced(_ costs: [Int], _ parts: Int) -> [Int] {
    var (low, high) = (costs.max() ?? 0, costs.reduce(0, +))
    while low < high {
      let middle = (low + high) / 2
      if ends(costs, parts, most: middle) != nil { high = middle } else { low = middle + 1 }
    }
    return ends(costs, parts, most: low) ?? Array(1...parts)
  }

  /// The last layer of each rank, none of which costs more than `most`; `nil` if that cannot be. Ranks take
  /// what they can, but leave one layer for each that follows.
  private static func ends(_ costs: [Int], _ ranks: Int, most: Int) -> [Int]? {
    var ends: [Int] = []
    var next = 0
    for rank in 0..<ranks {
      var cost = 0
      while next < costs.count - (ranks - 1 - rank), cost + costs[next] <= most {
        cost += costs[next]
        next += 1
      }
      guard next > (ends.last ?? 0) else { return nil }
      ends.append(next)
    }
    return next == costs.count ? ends : nil
  }
}
