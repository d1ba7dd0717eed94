import Proximal
import Tensors
import Testing

private let pool = WorkerPool(threads: 2)

@Suite("Sums of regularisers") struct RegulariserSumTests {
  private let shape = RegulariserEntry.shape(1, 4, 5)

  private func prox(
    _ j: any Regulariser, _ v: Tensor<Double>, _ step: Double
  ) -> Tensor<Double> {
    var (u, memory) = (v, RegulariserMemory<Double>(.accuracy(1e-7, atMost: 50_000)))
    j.prox(of: &u, step: step, &memory, on: pool)
    return u
  }

  private func distance(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double {
    zip(a.scalars, b.scalars).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test("the value is the weighted sum of the parts")
  func values() throws {
    let (variation, u) = (TotalVariation(shape), noise([2, 20]))
    let sum = try RegulariserSum((0.5, Tikhonov()), (2, variation), (0.3, L1Norm()), columns: 20)
    let parts = [Tikhonov(), variation, L1Norm()] as [any Regulariser]
    let each = parts.map { $0.values(of: u, on: pool) }
    for (row, value) in sum.values(of: u, on: pool).enumerated() {
      let expected = 0.5 * each[0][row] + 2 * each[1][row] + 0.3 * each[2][row]
      #expect(abs(value - expected) < 1e-12)
    }
    let boxed = try RegulariserSum((1, Box.nonnegative), (2, variation), columns: 20)
    #expect(boxed.values(of: u, on: pool) == [.infinity, .infinity])
  }

  @Test("one term is that term, with its weight in the step")
  func single() throws {
    let (variation, v) = (TotalVariation(shape), noise([2, 20]))
    let sum = try RegulariserSum((0.5, variation), columns: 20)
    #expect(prox(sum, v, 0.6) == prox(variation, v, 0.3))
    #expect(
      prox(try RegulariserSum((0.5, L1Norm()), columns: 20), v, 0.6) == prox(L1Norm(), v, 0.3))
    #expect(prox(try RegulariserSum(columns: 20), v, 0.6) == v)
  }

  @Test("closed forms: l1 + l2, box + l1, box + total variation of the clipped")
  func closedForms() throws {
    let v = noise([2, 20], seed: 2)
    let elastic = try RegulariserSum((1, L1Norm()), (0.5, Tikhonov()), columns: 20)
    #expect(distance(prox(elastic, v, 0.4), prox(L1Norm(), v, 0.4).scaled(by: 1 / 1.2)) < 1e-5)
    // The same with the other one as g.
    let other = try RegulariserSum((0.5, Tikhonov()), (1, L1Norm()), columns: 20)
    #expect(distance(prox(other, v, 0.4), prox(L1Norm(), v, 0.4).scaled(by: 1 / 1.2)) < 1e-5)
    let sparse = try RegulariserSum((1, Box.nonnegative), (1, L1Norm()), columns: 20)
    let expected = v.map { max($0 - 0.4, 0) }
    #expect(distance(prox(sparse, v, 0.4), expected) < 1e-5)
    #expect(prox(sparse, v, 0.4).scalars.allSatisfy { $0 >= 0 })
    // The map of the anisotropic total variation and clipping go one after the other.
    let variation = TotalVariation(shape, .anisotropic)
    let boxed = try RegulariserSum((1, Box(-0.3...0.6)), (1, variation), columns: 20)
    let clipped = prox(variation, v, 0.2).map { max(-0.3, min($0, 0.6)) }
    #expect(distance(prox(boxed, v, 0.2), clipped) < 1e-5)
  }

  @Test("weights count, and order only for what holds exactly")
  func weights() throws {
    let (variation, v) = (TotalVariation(shape), noise([1, 20], seed: 3))
    func prox(_ a: Double, _ b: Double) throws -> Tensor<Double> {
      self.prox(try RegulariserSum((a, L1Norm()), (b, variation), columns: 20), v, 0.3)
    }
    #expect(distance(try prox(1, 1), try prox(1, 2)) > 0.05)
    #expect(distance(try prox(1, 1), try prox(2, 1)) > 0.05)
    let turned = try RegulariserSum((1, variation), (1, L1Norm()), columns: 20)
    #expect(distance(try prox(1, 1), self.prox(turned, v, 0.3)) < 1e-5)
  }

  @Test("weights and rows out of range are refused")
  func refused() throws {
    #expect(throws: ProximalError.self) { try RegulariserSum((0, L1Norm()), columns: 20) }
    #expect(throws: ProximalError.self) { try RegulariserSum((-1, L1Norm()), columns: 20) }
    #expect(throws: ProximalError.self) {
      try RegulariserSum((1, L1Norm()), (1, TotalVariation(shape)), columns: 21)
    }
    let sum = try RegulariserSum((1, TotalVariation(shape)), columns: 20)
    #expect(throws: ProximalError.self) { try sum.check(columns: 40) }
  }
}
