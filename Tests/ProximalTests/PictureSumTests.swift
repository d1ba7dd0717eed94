import Tensors
import Testing

@testable import Proximal

/// A box and the total variation of planes, which have kernels of their own, against the map of every sum.
@Suite struct PictureSumTests {
  private let pool = WorkerPool(threads: 2)

  @Test("The kernels find the map of the sum", arguments: [1, 2])
  func kernels(_ channels: Int) throws {
    let shape = try ImageShape(channels: channels, height: 7, width: 9)
    let j = try RegulariserSum(
      (3, Box(0...1)), (0.7, TotalVariation(shape)), columns: shape.count)
    var stream = RandomStream(seed: 5, .probe)
    let v = Tensor<Double>.normal(shape: [3, shape.count], from: &stream)
    for step in [0.05, 0.5] {
      var (fast, general) = (v, v)
      let effort = ProxEffort.accuracy(1e-7, atMost: 20_000)
      var memory = RegulariserMemory<Double>(effort)
      j.prox(of: &fast, step: step, &memory, on: pool)
      #expect(memory.gaps.count == 3 && memory.gaps.allSatisfy { $0 < 1e-11 })
      var other = RegulariserMemory<Double>(effort)
      j.iteratedProx(of: &general, step: step, &other, on: pool)
      let worst = zip(fast.scalars, general.scalars).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(worst < 1e-5)
      #expect(fast.scalars.allSatisfy { (0...1).contains($0) })
      // Not the projection of the map of total variation alone.
      #expect(fast.scalars.contains(0) && fast.scalars.contains { $0 > 0 && $0 < 1 })
      // What is kept serves both.
      var again = v
      j.iteratedProx(of: &again, step: step, &memory, on: pool)
      #expect(memory.iterations <= 20)
    }
  }
}
