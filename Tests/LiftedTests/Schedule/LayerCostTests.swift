import Proximal
import Testing

@testable import Lifted

@Suite struct LayerCostTests {
  private func blocks(_ width: Int, samples: Int, _ sweep: Sweep) throws -> Int {
    let network = try Network { for _ in 0..<10 { try dense(width, width, ReLU()) } }
    let descent = try BlockDescent(Energy(network), free: .training, sweep: sweep)
    return descent.rowBlocks(samples: samples, sweep.groups(of: Array(1..<10))).count
  }

  @Test("Samples are cut only where layers wait for one another and their products are small")
  func choice() throws {
    #expect(try blocks(32, samples: 256, .backward) == 8)
    #expect(try blocks(32, samples: 256, .forward) == 8)
    #expect(try blocks(32, samples: 256, .jacobi) == 1)
    #expect(try blocks(32, samples: 256, .redBlack) == 1)
    #expect(try blocks(512, samples: 256, .backward) == 1)
    #expect(try blocks(100, samples: 64, .backward) == 1)
  }

  @Test("Layers that move at once are never cut by samples, however few and small they are")
  func together() throws {
    let network = try Network {
      try dense(64, 64, ReLU())
      try dense(64, 10, Softmax())
    }
    for (sweep, count) in [(Sweep.jacobi, 1), (.redBlack, 1), (.backward, 4), (.forward, 4)] {
      let descent = try BlockDescent(Energy(network), free: .training, sweep: sweep)
      #expect(descent.rowBlocks(samples: 128, sweep.groups(of: [1])).count == count)
    }
  }

  @Test("The model is the formula")
  func formula() {
    // 2 * 64 * 512 * 512 operations are four tiles, 2 * 64 * 100 * 100 are one; two blocks of 32 rows.
    let wide = LayerCost(samples: 64, widths: [(512, 512), (512, 512)])
    let one = 2.0 * 64 * 512 * 512
    #expect(wide.layers([[0], [1]]) == one / 2 + one / 2 && wide.layers([[0, 1]]) == one)
    #expect(wide.rows == 4 * one / 2 * 1.5 && wide.blocks == 2)
    let small = LayerCost(samples: 64, widths: [(100, 100), (100, 100)])
    let few = 2.0 * 64 * 100 * 100
    #expect(small.layers([[0], [1]]) == few / 2 + 2 * few)
    #expect(small.layers([[0, 1]]) == few / 2 + few)
    #expect(small.rows == 4 * few / 2 * 1.5)
  }
}
