import Proximal
import Tensors
import Testing

@Suite struct ConjugateTests {
  private let pool = WorkerPool(threads: 1)

  private static var all: [any ConjugateRegulariser] {
    get throws {
      [Tikhonov(), try Tikhonov(centre: [0.3, -1, 2]), L1Norm(), Box(-0.5...2)]
    }
  }

  @Test("(alpha J)^*(s) is the supremum of <s, u> - alpha J(u)", arguments: 0..<4, [0.4, 2])
  func supremum(_ index: Int, _ alpha: Double) throws {
    let j = try Self.all[index]
    var rows = Rows(5)
    for _ in 0..<10 {
      var s = Tensor<Double>(rows: [rows.normal(3)])
      s.scale(by: j.admissibleFactors(of: s, weight: alpha, on: pool)[0])
      let conjugate = j.conjugates(of: s, weight: alpha, on: pool)[0]
      func gain(_ u: Tensor<Double>) -> Double {
        s.dot(u) - alpha * j.values(of: u, on: pool)[0]
      }
      for _ in 0..<200 {
        #expect(gain(Tensor(rows: [rows.normal(3).map { 2 * $0 }])) <= conjugate + 1e-12)
      }
      // The maximiser: u = prox of u + s for every fixed point, found by proximal ascent.
      var u = Tensor<Double>(shape: [1, 3])
      var memory = RegulariserMemory<Double>()
      for _ in 0..<4000 {
        u.combine(1, 0.5, s)
        j.prox(of: &u, step: 0.5 * alpha, &memory, on: pool)
      }
      #expect(abs(gain(u) - conjugate) < 1e-9 * (1 + abs(conjugate)))
    }
  }

  @Test("l1's conjugate is infinite outside the dual ball, and the factor brings s to its rim")
  func dualBall() {
    let s = Tensor<Double>(rows: [[0.5, -3, 1], [0.1, 0.2, -0.3]])
    #expect(L1Norm().conjugates(of: s, weight: 1, on: pool) == [.infinity, 0])
    #expect(L1Norm().admissibleFactors(of: s, weight: 1, on: pool) == [1.0 / 3, 1])
    #expect(Box.nonnegative.conjugates(of: s, weight: 1, on: pool) == [.infinity, .infinity])
    #expect(
      Box.nonnegative.conjugates(of: s.map { -abs($0) }, weight: 1, on: pool) == [0, 0])
  }
}
