import Lifted

/// How long a step of block descent takes on a ``LayerGrid``, in operations of the busiest rank.
///
/// With `c_l = n m` for a layer of `n` inputs and `m` units, `s` samples, `K` rounds, `w` the widths of the variables
/// at the boundaries of an owner, and its layers' parameters `N`:
///
///     forward     2 s/Q sum over all layers c_l                       layers wait for one another
///     variables   4 K s/Q max over owners sum c_l                      pre-activation and adjoint
///     weights     4 K s max over keepers sum c_l                       pre-activation and gradient
///     messages    h (s/Q (1 + 2 K) sum w  +  K [Q > 1] (s sum d_l + N))
///
/// `h = 200` operations for each number that travels: between ranks of one machine with a core each, some 60,
/// and those that are nodes of a cluster, some 500.
struct LayerGridCost {
  let network: Network
  /// Samples of a batch.
  let samples: Int
  let rounds: Int

  private static let perNumber = 200.0

  func operations(_ grid: LayerGrid) -> Double {
    let costs = LayerOwners.costs(of: network).map(Double.init)
    func cost(_ layers: ClosedRange<Int>?) -> Double {
      layers.map { costs[($0.lowerBound - 1)..<$0.upperBound].reduce(0, +) } ?? 0
    }
    let (s, parts, rounds) = (Double(samples), Double(grid.parts), Double(rounds))
    let products =
      2 * s / parts * cost(1...network.depth)
      + 4 * rounds * s / parts * (grid.owners.layers.map(cost).max() ?? 0)
      + 4 * rounds * s * (grid.keepers.flatMap(\.self).map(cost).max() ?? 0)
    return products + Self.perNumber * (grid.owners.layers.map { numbers($0, grid) }.max() ?? 0)
  }

  /// The numbers that a rank with these layers sends and receives.
  private func numbers(_ layers: ClosedRange<Int>, _ grid: LayerGrid) -> Double {
    let (s, rounds, depth) = (Double(samples), Double(rounds), network.depth)
    let ends = [layers.lowerBound - 1, layers.upperBound].filter { $0 > 0 && $0 < depth }
    let boundaries = ends.reduce(0) { $0 + Double(network.widths[$1]) }
    var numbers = s / Double(grid.parts) * (1 + 2 * rounds) * boundaries
    if grid.parts > 1 {
      for l in layers {
        let parameters = network.layers[l - 1].stage.parameters.map { $0.shape.reduce(1, *) }
        numbers += rounds * (s * Double(network.widths[l]) + Double(parameters.reduce(0, +)))
      }
    }
    return numbers
  }
}

extension LayerGrid {
  /// The quickest grid of so many ranks by ``LayerGridCost``, the one with more owners where several are.
  /// - Parameter refusals: why layers, and samples, may not be on different ranks; `nil` if they may.
  /// - Throws: ``Lifted/SolverError/unsuitable(_:)`` if there is none, for the reason why.
  static func best(
    _ network: Network, ranks: Int, samples: Int, rounds: Int,
    refusals: (layers: SolverError?, samples: SolverError?)
  ) throws(SolverError) -> LayerGrid {
    let cost = LayerGridCost(network: network, samples: samples, rounds: rounds)
    var best: (grid: LayerGrid, operations: Double)?
    for owning in (1...max(ranks, 1)).reversed() where ranks % owning == 0 {
      let parts = ranks / owning
      guard owning <= network.depth, owning == 1 || refusals.layers == nil,
        parts == 1 || refusals.samples == nil,
        parts <= samples
      else { continue }
      let grid = try LayerGrid(network, owning: owning, parts: parts)
      let operations = cost.operations(grid)
      if best.map({ operations < $0.operations }) ?? true { best = (grid, operations) }
    }
    guard let best else {
      throw refusals.layers ?? refusals.samples
        ?? .unsuitable(
          "\(ranks) ranks for \(network.depth) layers and batches of \(samples) samples; start fewer ranks, "
            + "so many that layers times parts of the samples make them up")
    }
    return best.grid
  }
}
