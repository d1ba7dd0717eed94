import Testing

@testable import Tensors

@Suite struct ProductTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let m: Int
    let n: Int
    let k: Int
    var testDescription: String { "\(m)x\(n)x\(k)" }
    init(_ m: Int, _ n: Int, _ k: Int) { (self.m, self.n, self.k) = (m, n, k) }
  }

  /// Small ones, vectors, and the neighbours of the places where the tiling changes.
  static let shapes = [
    Shape(1, 1, 1), Shape(1, 7, 3), Shape(3, 1, 5), Shape(7, 5, 1), Shape(17, 13, 11),
    Shape(100, 10, 256), Shape(124, 64, 128), Shape(125, 64, 128), Shape(249, 65, 64),
    Shape(250, 63, 65), Shape(251, 33, 129), Shape(500, 17, 131), Shape(30, 257, 200),
    Shape(100, 256, 100), Shape(16, 1, 784), Shape(513, 37, 400),
  ]

  /// `C = alpha op(A) op(B) + beta C` by three loops in `Double`, and the sum of the magnitudes.
  private func naive<S: TensorScalar>(
    _ a: [S], _ b: [S], _ c: [S], _ s: Shape, _ ta: Bool, _ tb: Bool, _ alpha: S, _ beta: S
  ) -> (values: [Double], magnitudes: [Double]) {
    var (values, magnitudes) = ([Double](), [Double]())
    for i in 0..<s.m {
      for j in 0..<s.n {
        var (sum, size) = (0.0, 0.0)
        for k in 0..<s.k {
          let term =
            Double(a[ta ? k * s.m + i : i * s.k + k]) * Double(b[tb ? j * s.k + k : k * s.n + j])
          sum += term
          size += abs(term)
        }
        let old = beta == 0 ? 0 : Double(beta) * Double(c[i * s.n + j])
        values.append(Double(alpha) * sum + old)
        magnitudes.append(abs(Double(alpha)) * size + abs(old))
      }
    }
    return (values, magnitudes)
  }

  private func check<S: TensorScalar>(_ type: S.Type, _ shape: Shape) {
    let pool = WorkerPool(threads: 2)
    let a: [S] = sample(shape.m * shape.k, lane: 1)
    let b: [S] = sample(shape.k * shape.n, lane: 2)
    let start: [S] = sample(shape.m * shape.n, lane: 3)
    let tolerance = Double(S.ulpOfOne) * 4 * Double(shape.k + 2).squareRoot()
    for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
      for (alpha, beta) in [(S(1), S(0)), (-0.5, 1), (2, 0.25)] {
        var c = start
        pool.product(
          a, b, transposed: (ta, tb), into: &c, m: shape.m, n: shape.n, k: shape.k, alpha: alpha,
          beta: beta)
        let (values, magnitudes) = naive(a, b, start, shape, ta, tb, alpha, beta)
        let wrong = c.indices.first { abs(Double(c[$0]) - values[$0]) > tolerance * magnitudes[$0] }
        #expect(wrong == nil, "\(type), transposes \(ta) \(tb), alpha \(alpha), beta \(beta)")
      }
    }
  }

  @Test(
    "Products in Float equal three loops for every transpose, alpha and beta", arguments: shapes)
  func float(_ shape: Shape) { check(Float.self, shape) }

  @Test(
    "Products in Double equal three loops for every transpose, alpha and beta", arguments: shapes)
  func double(_ shape: Shape) { check(Double.self, shape) }

  @Test("Beta 0 overwrites whatever was there, also what is not a number")
  func betaZero() {
    let (a, b): ([Float], [Float]) = (sample(6), sample(6))
    var c = [Float](repeating: .nan, count: 4)
    WorkerPool(threads: 1).product(a, b, into: &c, m: 2, n: 2, k: 3)
    #expect(c.allSatisfy { $0.isFinite })
  }

  @Test("Products without rows or columns do nothing")
  func empty() {
    let a: [Float] = [1, 2, 3]
    var c: [Float] = [5]
    let pool = WorkerPool(threads: 2)
    pool.product(a, a, into: &c, m: 0, n: 3, k: 1)
    pool.product(a, a, into: &c, m: 3, n: 0, k: 1)
    #expect(c == [5])
  }

  @Test("The tiles cover every element once", arguments: shapes)
  func tilesCover(_ shape: Shape) {
    for k in [1, shape.k, 10_000, 1_000_000] {
      let tiling = Tiling(m: shape.m, n: shape.n, k: k)
      var visits = [Int](repeating: 0, count: shape.m * shape.n)
      for tile in (0..<tiling.count).map({ tiling[$0] }) {
        for row in tile.rows { for column in tile.columns { visits[row * shape.n + column] += 1 } }
      }
      #expect(visits.allSatisfy { $0 == 1 }, "k = \(k)")
    }
  }

  @Test("Large products are cut, and the cut does not exceed 16 pieces")
  func tilesAreCut() {
    #expect(Tiling(m: 100, n: 10, k: 100).count == 1)
    #expect((4...16).contains(Tiling(m: 100, n: 256, k: 784).count))
    #expect((8...16).contains(Tiling(m: 1000, n: 784, k: 784).count))
    #expect((8...16).contains(Tiling(m: 784, n: 784, k: 1000).count))
  }

  @Test("Finish sees each element once, complete", arguments: shapes)
  func finish(_ shape: Shape) {
    let pool = WorkerPool(threads: 3)
    let a: [Float] = sample(shape.m * shape.k, lane: 1)
    let b: [Float] = sample(shape.k * shape.n, lane: 2)
    var c = [Float](repeating: 0, count: shape.m * shape.n)
    var seen = c
    var visits = [Int](repeating: 0, count: c.count)
    seen.withPointer { seen in
      visits.withPointer { visits in
        pool.product(a, b, into: &c, m: shape.m, n: shape.n, k: shape.k) { tile, c in
          for row in tile.rows {
            for column in tile.columns {
              visits[row * shape.n + column] += 1
              seen[row * shape.n + column] = c[row * shape.n + column]
            }
          }
        }
      }
    }
    #expect(visits.allSatisfy { $0 == 1 })
    #expect(seen == c)
  }

  @Test("One, two, three and four threads give the same bits", arguments: shapes)
  func bitIdentical(_ shape: Shape) {
    let a: [Float] = sample(shape.m * shape.k, lane: 1)
    let b: [Float] = sample(shape.k * shape.n, lane: 2)
    let results = (1...4).map { threads in
      var c = [Float](repeating: 0, count: shape.m * shape.n)
      let pool = WorkerPool(threads: threads)
      pool.product(
        a, b, transposed: (false, true), into: &c, m: shape.m, n: shape.n, k: shape.k)
      return c.map(\.bitPattern)
    }
    #expect(results.dropFirst().allSatisfy { $0 == results[0] })
  }
}
