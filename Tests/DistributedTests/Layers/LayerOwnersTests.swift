import Lifted
import Proximal
import Testing

@testable import Distributed

@Suite struct LayerOwnersTests {
  private func network(_ widths: [Int]) throws -> Network {
    try Network { for (n, m) in zip(widths, widths.dropFirst()) { try dense(n, m, ReLU()) } }
  }

  /// The least cost of the busiest rank, by trying all cuts.
  private func least(_ costs: ArraySlice<Int>, _ ranks: Int) -> Int {
    if ranks == 1 { return costs.reduce(0, +) }
    return (1...(costs.count - ranks + 1)).map { count in
      max(costs.prefix(count).reduce(0, +), least(costs.dropFirst(count), ranks - 1))
    }.min() ?? .max
  }

  @Test("The busiest rank has the least that any cut gives it, and every layer has one owner")
  func balance() throws {
    for widths in [
      [8, 8, 8, 8, 8, 8], [100, 3, 50, 2, 90, 10, 4], [784, 256, 256, 10], [1, 9, 9, 1, 1, 1],
    ] {
      let costs = zip(widths, widths.dropFirst()).map { $0 * $1 }
      let network = try network(widths)
      for ranks in 1...costs.count {
        let owners = try LayerOwners(balancing: network, ranks: ranks).layers
        #expect(owners.flatMap { Array($0) } == Array(1...costs.count) && owners.count == ranks)
        let busiest = owners.map { $0.reduce(0) { $0 + costs[$1 - 1] } }.max()
        #expect(busiest == least(costs[...], ranks))
      }
    }
  }

  @Test("As many layers for each rank as are asked for")
  func fixed() throws {
    let network = try network([4, 4, 4, 4, 4, 4])
    #expect(try LayerOwners(network, layersPerRank: 2, ranks: 3).layers == [1...2, 3...4, 5...5])
    #expect(throws: SolverError.self) { try LayerOwners(network, layersPerRank: 2, ranks: 2) }
    #expect(throws: SolverError.self) { try LayerOwners(network, layersPerRank: 0, ranks: 2) }
    #expect(throws: SolverError.self) { try LayerOwners(balancing: network, ranks: 6) }
  }
}
