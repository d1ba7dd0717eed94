import Tensors

/// The proximal map of `J(u) = g(u) + h(K u)` by its dual, rows side by side:
///
///     u(q) = prox_{s g}(v - K^* q)
///     p    <- prox_{(s h)^* / L}(q + K u(q) / L),   L = ||K||^2
///     q    <- p + beta (p - p before)
///
/// Accelerated projected gradient; the momentum of a row starts anew where it points away from the ascent.
/// The gap of primal and dual is that of Fenchel and Young: with `x = (q + K u(q)/L - p) L`, a point at
/// which `p` is a subgradient of `s h`, and `u = u(p)`,
///
///     gap = s h(K u) - s h(x) - <p, K u - x>  >=  1/2 ||u - prox||^2
///
/// Source: Beck and Teboulle, IEEE Trans. Image Processing 18, 2009; restart: O'Donoghue and Candes 2015.
struct DualProx<J: Regulariser, S: TensorScalar> {
  /// `u`, the answer after ``solve(_:)``.
  private(set) var point: Tensor<S>
  /// The proven bound of `1/2 ||u - prox||^2` of each row; empty if none was looked for.
  private(set) var gaps: [Double] = []
  /// Iterations so far.
  private(set) var iterations = 0

  private let j: J
  private let v: Tensor<S>
  private let s: S
  private let inverse: S
  private let pool: WorkerPool
  private var p: Tensor<S>
  private var q: Tensor<S>
  private var next: Tensor<S>
  private var none: Tensor<S>
  private var momenta: [Double]

  /// Iterations between two looks at the gap.
  private static var stride: Int { 10 }

  init(_ j: J, of v: Tensor<S>, step: S, _ memory: RegulariserMemory<S>, on pool: WorkerPool) {
    precondition(step > 0, "a proximal map of step \(step)")
    (self.j, self.v, s, self.pool, point) = (j, v, step, pool, v)
    // A linear map of norm 0 has nothing to say: any step will do.
    let squaredNorm = j.squaredNorm(columns: v.columns)
    inverse = squaredNorm > 0 ? S(1 / squaredNorm) : 1
    p = memory.kept([v.rows, j.duals(columns: v.columns)])[0]
    p.scale(by: step)
    (q, next, none) = (p, p, Tensor(shape: [v.rows, 0]))
    momenta = Array(repeating: 1, count: v.rows)
  }

  /// What the next call starts from: `p / s`.
  var kept: [Tensor<S>] { [p.scaled(by: 1 / s)] }

  mutating func solve(_ effort: ProxEffort) {
    guard case .accuracy = effort else {
      for _ in 0..<effort.most { iterate() }
      return point = primal(at: p)
    }
    let enough = effort.gap(columns: v.columns)
    var ended = FinishedRows<S>([point, p])
    while true {
      for _ in 1..<max(min(Self.stride, effort.most - iterations), 1) { iterate() }
      let gaps = lookAtGaps()
      ended.keep([point, p], gaps, enough: enough, all: iterations >= effort.most)
      if ended.areAll { break }
    }
    (point, p, gaps) = (ended.tensors[0], ended.tensors[1], ended.gaps)
  }

  private mutating func iterate() {
    ascend()
    extrapolate()
    iterations += 1
  }

  /// `next <- prox_{(s h)^* / L}(q + K u(q) / L)`
  private mutating func ascend() {
    point = primal(at: q)
    j.apply(point, none, into: &next, on: pool)
    next.combine(inverse, 1, q, on: pool)
    j.proxOfDual(&next, step: inverse, weight: s, on: pool)
  }

  private mutating func primal(at p: Tensor<S>) -> Tensor<S> {
    var u = point
    j.adjoint(of: p, into: &u, &none, on: pool)
    u.combine(-1, 1, v, on: pool)
    j.proxOfSimplePart(&u, step: s, on: pool)
    return u
  }

  /// `q <- next + beta (next - p)`, `p <- next`, row by row; without momentum where `<q - next, next - p>`
  /// is positive.
  private mutating func extrapolate() {
    let (rows, columns, pool) = (p.rows, p.columns, pool)
    momenta.withUnsafeMutableBufferPointer { momenta in
      let momenta = momenta.baseAddress!
      p.withMutablePointer { p in
        q.withMutablePointer { q in
          next.withPointer { next in
            pool.forEach(rows) { row in
              let start = row * columns
              let (p, q, next) = (p + start, q + start, next + start)
              S.combine(1, q, -1, next, into: q, count: columns)
              S.combine(1, next, -1, p, into: p, count: columns)
              if S.dot(q, p, count: columns) > 0 { momenta[row] = 1 }
              let following = (1 + (1 + 4 * momenta[row] * momenta[row]).squareRoot()) / 2
              S.combine(1, next, S((momenta[row] - 1) / following), p, into: q, count: columns)
              p.update(from: next, count: columns)
              momenta[row] = following
            }
          }
        }
      }
    }
  }

  /// One more iteration, and the gaps of its `p` and `u(p)`.
  private mutating func lookAtGaps() -> [Double] {
    ascend()
    // x = (q - next) L + K u(q)
    var x = next
    j.apply(point, none, into: &x, on: pool)
    var difference = q
    difference.combine(1, -1, next, on: pool)
    x.combine(1, 1 / inverse, difference, on: pool)
    extrapolate()
    iterations += 1
    point = primal(at: p)
    var k = x
    j.apply(point, none, into: &k, on: pool)
    let values = zip(j.outerValues(of: k, on: pool), j.outerValues(of: x, on: pool))
    k.combine(1, -1, x, on: pool)
    return zip(values, p.dots(k, on: pool)).map { values, product in
      // Rounding may put x out of the domain: that proves nothing.
      guard values.0.isFinite && values.1.isFinite else { return .infinity }
      return max(Double(s) * (values.0 - values.1) - product, 0)
    }
  }
}
