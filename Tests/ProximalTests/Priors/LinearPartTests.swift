import Proximal
import Tensors
import Testing

private let pool = WorkerPool(threads: 2)

@Suite("The linear part of a regulariser") struct LinearPartTests {
  @Test("<K (u, w), p> = <(u, w), K^* p>", arguments: RegulariserEntry.composed)
  func adjoint(entry: RegulariserEntry) {
    let k = LinearPart(j: entry.j, columns: entry.columns, pool: pool)
    let (u, w, p) = (
      noise([3, entry.columns]), noise([3, k.auxiliaries], seed: 2), noise([3, k.duals], seed: 3)
    )
    let (kuw, back) = (k.apply(u, w), k.adjoint(p))
    #expect(abs(kuw.dot(p) - u.dot(back.u) - w.dot(back.w)) < 1e-12 * Double(p.count))
    #expect(kuw.squaredNorm > 0)
  }

  @Test("the bound of ||K||^2 is one, and near", arguments: RegulariserEntry.composed)
  func norm(entry: RegulariserEntry) {
    let k = LinearPart(j: entry.j, columns: entry.columns, pool: pool)
    var (u, w) = (noise([1, entry.columns]), noise([1, k.auxiliaries], seed: 2))
    var square = 0.0
    for _ in 0..<3000 {
      let length = (u.squaredNorm + w.squaredNorm).squareRoot()
      u.scale(by: 1 / length)
      w.scale(by: 1 / length)
      let p = k.apply(u, w)
      square = p.squaredNorm
      (u, w) = k.adjoint(p)
    }
    let bound = entry.j.squaredNorm(columns: entry.columns)
    #expect(square <= bound * (1 + 1e-12))
    #expect(square >= bound * (entry.isSharp ? 1 - 1e-5 : 0.9), "\(square) of \(bound)")
  }

  @Test("of large pictures, which threads share, K and K^* fit and are the same bits")
  func large() throws {
    let shape = RegulariserEntry.shape(2, 150, 130)
    let js: [any Regulariser] = [TotalVariation(shape), try TotalGeneralisedVariation(shape)]
    for j in js {
      let (k, alone) = (
        LinearPart(j: j, columns: shape.count, pool: pool),
        LinearPart(j: j, columns: shape.count, pool: WorkerPool(threads: 1))
      )
      let (u, w, p) = (
        noise([2, shape.count]), noise([2, k.auxiliaries], seed: 2), noise([2, k.duals], seed: 3)
      )
      let (kuw, back) = (k.apply(u, w), k.adjoint(p))
      #expect(abs(kuw.dot(p) - u.dot(back.u) - w.dot(back.w)) < 1e-12 * Double(p.count))
      #expect(kuw == alone.apply(u, w) && back == alone.adjoint(p))
      var (projected, other) = (p, p)
      j.proxOfDual(&projected, step: 1, weight: 0.5, on: pool)
      j.proxOfDual(&other, step: 1, weight: 0.5, on: alone.pool)
      #expect(projected == other && projected.dot(p) < p.squaredNorm)
      #expect(j.outerValues(of: p, on: pool) == j.outerValues(of: p, on: alone.pool))
    }
  }
}
