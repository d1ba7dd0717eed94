import Lifted
import Proximal
import Testing

@testable import Distributed

@Suite struct LayerGridTests {
  private func network(_ widths: [Int]) throws -> Network {
    try Network { for (n, m) in zip(widths, widths.dropFirst()) { try dense(n, m, ReLU()) } }
  }

  @Test("Every layer has one owner and one keeper of that owner")
  func partition() throws {
    let network = try network([100, 3, 50, 2, 90, 10, 4])
    for (count, ranks) in [(6, 1), (6, 4), (2, 3), (2, 6), (4, 4), (1, 12)] {
      let grid = try LayerGrid(network, layersPerRank: count, ranks: ranks)
      #expect(grid.owning * grid.parts == ranks)
      #expect(grid.owners.layers.flatMap { Array($0) } == Array(1...6))
      for (p, layers) in grid.owners.layers.enumerated() {
        let kept = grid.keepers[p].compactMap(\.self)
        #expect(grid.keepers[p].count == grid.parts)
        #expect(kept.flatMap { Array($0) } == Array(layers))
        #expect(kept.count == min(grid.parts, layers.count))
        for l in layers {
          #expect(grid.keepers[p][grid.keeper(ofLayer: l, owner: p)]?.contains(l) == true)
        }
      }
    }
    #expect(throws: SolverError.self) { try LayerGrid(network, layersPerRank: 2, ranks: 4) }
    #expect(throws: SolverError.self) { try LayerGrid(network, layersPerRank: 0, ranks: 4) }
    #expect(try LayerGrid(network, layersPerRank: .max, ranks: 2).owning == 1)
  }

  @Test("Alone, the cost is that of the products")
  func costAlone() throws {
    let network = try network([20, 30, 10])
    let cost = LayerGridCost(network: network, samples: 7, rounds: 3)
    let grid = try LayerGrid(network, owning: 1, parts: 1)
    // Forward, then in each of three rounds two products for variables and two for weights.
    #expect(cost.operations(grid) == Double((2 + 3 * 4 + 3 * 4) * 7 * (600 + 300)))
  }

  @Test("On ranks, work is divided and messages are added")
  func costOfGrid() throws {
    let network = try network([20, 30, 10])
    let cost = LayerGridCost(network: network, samples: 8, rounds: 1)
    let layers = try LayerGrid(network, owning: 2, parts: 1)
    #expect(
      cost.operations(layers)
        == Double(2 * 8 * 900 + 4 * 8 * 600 + 4 * 8 * 600 + 200 * 8 * 3 * 30))
    let samples = try LayerGrid(network, owning: 1, parts: 2)
    #expect(
      cost.operations(samples)
        == Double(2 * 4 * 900 + 4 * 4 * 900 + 4 * 8 * 600 + 200 * (8 * 40 + 630 + 310)))
  }

  @Test("Auto is the cheapest grid that the method allows")
  func auto() throws {
    let no = SolverError.unsuitable("no")
    func best(
      _ widths: [Int], ranks: Int, samples: Int = 64, layers: SolverError? = nil,
      parts: SolverError? = nil
    ) throws -> [Int] {
      let grid = try LayerGrid.best(
        network(widths), ranks: ranks, samples: samples, rounds: 1, refusals: (layers, parts))
      return [grid.owning, grid.parts]
    }
    let deep = Array(repeating: 512, count: 21)
    #expect(try best(deep, ranks: 4) == [4, 1])
    #expect(try best(deep, ranks: 4, layers: no) == [1, 4])
    #expect(try best([784, 64, 10], ranks: 2, samples: 20_000) == [1, 2])
    #expect(try best([784, 64, 10], ranks: 2, samples: 20_000, parts: no) == [2, 1])
    // More ranks than layers need parts of the samples.
    let many = try best(deep, ranks: 40, samples: 20_000)
    #expect(many[1] > 1 && many[0] * many[1] == 40)
    #expect(throws: no) { try best([784, 64, 10], ranks: 3, parts: no) }
    #expect(throws: SolverError.self) { try best(deep, ranks: 3, samples: 2, layers: no) }
  }
}
