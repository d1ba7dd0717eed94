import Proximal
import Tensors
import Testing

private let pool = WorkerPool(threads: 2)

@Suite("Simple regularisers: closed forms") struct SimplePriorTests {
  private func prox(_ j: any Regulariser, _ v: [Double], _ step: Double) -> [Double] {
    var (u, memory) = (Tensor(rows: [v]), RegulariserMemory<Double>())
    j.prox(of: &u, step: step, &memory, on: pool)
    #expect(memory == RegulariserMemory<Double>())
    return u.scalars
  }

  private func value(_ j: any Regulariser, _ u: [Double]) -> Double {
    j.values(of: Tensor(rows: [u]), on: pool)[0]
  }

  @Test("Tikhonov shrinks towards its centre")
  func tikhonov() throws {
    #expect(prox(Tikhonov(), [3, -1.5], 0.5) == [2, -1])
    #expect(value(Tikhonov(), [3, -4]) == 12.5)
    let around = try Tikhonov(centre: [1, 2])
    #expect(prox(around, [4, -1], 2) == [2, 1])
    #expect(value(around, [4, -2]) == 12.5)
    #expect(throws: ProximalError.self) { try Tikhonov(centre: [1, .nan]) }
  }

  @Test("the l1 norm: on both sides of the threshold and at it")
  func l1() {
    let v = [-2, -0.5, -0.4375, 0, 0.4375, 0.5, 0.625, 3]
    #expect(prox(L1Norm(), v, 0.5) == [-1.5, 0, 0, 0, 0, 0, 0.125, 2.5])
    #expect(value(L1Norm(), [-2, 0, 0.5]) == 2.5)
    #expect(prox(L1Norm(), [.nan, 1], 0.5)[0].isNaN)
  }

  @Test("a box clips, whatever the step; outside it the value is infinite")
  func box() throws {
    let v = [-1, -0.5, 0, 0.75, 1, 2]
    for step in [0.1, 7] {
      #expect(prox(Box(-0.5...1), v, step) == [-0.5, -0.5, 0, 0.75, 1, 1])
      #expect(prox(Box.nonnegative, v, step) == [0, 0, 0, 0.75, 1, 2])
      #expect(prox(try Box(0.5...), v, step) == [0.5, 0.5, 0.5, 0.75, 1, 2])
    }
    #expect(value(Box(-0.5...1), [-0.5, 0, 1]) == 0)
    #expect(value(Box(-0.5...1), [-0.5, 0, 1.0.nextUp]) == .infinity)
    #expect(value(Box.nonnegative, [-1e-300]) == .infinity)
    #expect(value(Box(0...1), [.nan]) == .infinity)
    #expect(prox(Box(0...1), [.nan], 1)[0].isNaN)
    #expect(throws: ProximalError.self) { try Box((-Double.infinity)...) }
  }

  @Test("bounds that Float rounds are kept to")
  func floatBox() {
    let box = Box(0.1...0.7)
    var (u, memory) = (Tensor<Float>(rows: [[-1, 3]]), RegulariserMemory<Float>())
    box.prox(of: &u, step: 1, &memory, on: pool)
    #expect(box.values(of: u, on: pool) == [0])
  }

  @Test("the potential of an activation is its Psi")
  func potential() throws {
    let l1 = Potential(of: try SoftThreshold(alpha: 0.5))
    #expect(prox(l1, [-2, 0.25, 3], 2) == [-1, 0, 2])
    #expect(value(l1, [-2, 0, 3]) == 2.5)
    let simplex = Potential(of: Sparsemax())
    #expect(prox(simplex, [0.5, 0.25, -3], 4) == [0.625, 0.375, 0])
    #expect(value(simplex, [1, 1, 0]) == .infinity)
    let groups = Potential(of: try GroupSoftThreshold(alpha: 1, groupSize: 2))
    #expect(value(groups, [3, 4, 0, 0]) == 5)
    #expect(throws: Never.self) { try groups.check(columns: 4) }
    #expect(throws: ProximalError.self) { try groups.check(columns: 5) }
  }
}
