import Tensors
import Testing

/// The one-pass kernels against the same formula, one number at a time.
@Suite struct KernelTests {
  private func descent<S: TensorScalar>(_ type: S.Type, _ n: Int) {
    let (w, g): ([S], [S]) = (sample(n, lane: 1), sample(n, lane: 2))
    var found = w
    found.withPointer { S.descend($0, along: g, step: 0.25, shrink: 0.5, count: n) }
    // Exact: powers of two.
    for i in 0..<n { #expect(areClose(found[i], 0.5 * (w[i] - 0.25 * g[i]), units: 1)) }
  }

  private func momentum<S: TensorScalar>(_ type: S.Type, _ n: Int) {
    let (w, g, m): ([S], [S], [S]) = (sample(n, lane: 1), sample(n, lane: 2), sample(n, lane: 3))
    var (found, kept) = (w, m)
    found.withPointer { w in
      kept.withPointer {
        S.descend(w, along: g, momentum: $0, decay: 0.5, step: 0.25, shrink: 0.5, count: n)
      }
    }
    for i in 0..<n {
      let next = 0.5 * m[i] + g[i]
      #expect(abs(kept[i] - next) <= 4 * S.ulpOfOne)
      #expect(abs(found[i] - 0.5 * (w[i] - 0.25 * next)) <= 4 * S.ulpOfOne)
    }
  }

  private func adam<S: TensorScalar>(_ type: S.Type, _ n: Int) {
    let (w, g, m): ([S], [S], [S]) = (sample(n, lane: 1), sample(n, lane: 2), sample(n, lane: 3))
    let v: [S] = sample(n, lane: 4).map { abs($0) }
    var (found, first, second) = (w, m, v)
    found.withPointer { w in
      first.withPointer { m in
        second.withPointer {
          S.descend(
            w, along: g, moments: m, $0, decays: (0.75, 0.5), epsilon: 0.125, correction: 2,
            step: 0.25, shrink: 0.5, count: n)
        }
      }
    }
    for i in 0..<n {
      let m = 0.75 * m[i] + 0.25 * g[i]
      let v = 0.5 * v[i] + 0.5 * g[i] * g[i]
      let w = 0.5 * (w[i] - 0.25 * m / ((2 * v).squareRoot() + 0.125))
      #expect(abs(first[i] - m) <= 8 * S.ulpOfOne)
      #expect(abs(second[i] - v) <= 16 * S.ulpOfOne * max(v, 1))
      #expect(abs(found[i] - w) <= 16 * S.ulpOfOne * max(abs(w), 1))
    }
  }

  @Test("Descent kernels equal their formulas at every length", arguments: Array(0...40) + [1000])
  func kernels(_ n: Int) {
    descent(Float.self, n)
    descent(Double.self, n)
    momentum(Float.self, n)
    momentum(Double.self, n)
    adam(Float.self, n)
    adam(Double.self, n)
  }

  @Test(
    "Sums equal their formulas at every length, in place too", arguments: Array(0...40) + [1000])
  func sums(_ n: Int) {
    let (x, y): ([Float], [Float]) = (sample(n, lane: 1), sample(n, lane: 2))
    var (left, right, sum) = (x, y, y)
    left.withPointer { Float.combine(2, $0, -0.5, y, into: $0, count: n) }
    right.withPointer { Float.combine(2, x, -0.5, $0, into: $0, count: n) }
    sum.withPointer { Float.add(x, to: $0, count: n) }
    #expect(left == right)
    for i in 0..<n {
      #expect(abs(left[i] - (2 * x[i] - 0.5 * y[i])) <= 8 * .ulpOfOne)
      #expect(sum[i] == y[i] + x[i])
    }
    let dot = zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(Float.dot(x, y, count: n) - dot) < 1e-11 * Double(n + 1))
  }

  @Test("Every byte is converted")
  func bytes() {
    let bytes = (0...255).map { UInt8($0) }
    var out = [Float](repeating: 0, count: 256)
    var wide = [Double](repeating: 0, count: 256)
    out.withPointer { Float.convert(bytes, scale: 0.5, into: $0, count: 256) }
    wide.withPointer { Double.convert(bytes, scale: 0.5, into: $0, count: 256) }
    #expect(out == (0...255).map { Float($0) / 2 })
    #expect(wide == (0...255).map { Double($0) / 2 })
  }
}
