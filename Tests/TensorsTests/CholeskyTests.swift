import Tensors
import Testing

@Suite struct CholeskyTests {
  /// `G G^T + I`, row by row.
  private func positiveDefinite<S: TensorScalar>(_ n: Int) -> [S] {
    let g: [S] = sample(n * n, lane: 4)
    return (0..<n * n).map { index in
      let (i, j) = (index / n, index % n)
      return (0..<n).reduce(i == j ? 1 : 0) { $0 + g[i * n + $1] * g[j * n + $1] }
    }
  }

  private func largestDefect<S: TensorScalar>(_ a: [S], _ inverse: [S], _ n: Int) -> S {
    (0..<n * n).map { index in
      let (i, j) = (index / n, index % n)
      return abs((0..<n).reduce(i == j ? -1 : 0) { $0 + a[i * n + $1] * inverse[$1 * n + j] })
    }.max() ?? 0
  }

  private func check<S: TensorScalar>(_ type: S.Type, _ n: Int, tolerance: S) {
    let a: [S] = positiveDefinite(n)
    var inverse = a
    inverse.withPointer {
      #expect(S.choleskyFactor($0, n: n) == 0)
      #expect(S.choleskyInverse($0, n: n) == 0)
    }
    #expect(largestDefect(a, inverse, n) < tolerance)
    #expect((0..<n * n).allSatisfy { inverse[$0] == inverse[$0 % n * n + $0 / n] }, "symmetric")
  }

  @Test("A matrix times its inverse is the identity", arguments: [1, 2, 3, 17, 64, 101])
  func inverse(_ n: Int) {
    check(Double.self, n, tolerance: 1e-10)
    check(Float.self, n, tolerance: 2e-2)
  }

  @Test("The factor times its transpose is the matrix", arguments: [1, 5, 40])
  func factor(_ n: Int) {
    let a: [Double] = positiveDefinite(n)
    var l = a
    l.withPointer { #expect(Double.choleskyFactor($0, n: n) == 0) }
    for i in 0..<n {
      for j in 0...i {
        let product = (0...j).reduce(0) { $0 + l[i * n + $1] * l[j * n + $1] }
        #expect(abs(product - a[i * n + j]) < 1e-11 * Double(n))
      }
    }
  }

  @Test("The first minor that is not positive is reported", arguments: 1...6)
  func indefinite(_ order: Int) {
    let n = 6
    var a = [Double](repeating: 0, count: n * n)
    for i in 0..<n { a[i * n + i] = i + 1 == order ? -1 : 2 }
    a.withPointer { #expect(Double.choleskyFactor($0, n: n) == order) }
    var single = a.map { Float($0) }
    for i in 0..<n { single[i * n + i] = i + 1 == order ? -1 : 2 }
    single.withPointer { #expect(Float.choleskyFactor($0, n: n) == order) }
  }
}
