import Tensors

/// The dual of the proximal map of `lambda J` on one plane, by accelerated projected gradient, `C` moving into
/// a range that the plane may be bound to:
///
///     p <- P(q + D C(v - lambda D^* q) / (lambda ||D||^2)),   q <- p + beta (p - p before)
///
/// Momentum starts anew whenever the gap has grown.
struct TotalVariationDual<S: TensorScalar> {
  private let lambda: S
  private let step: S
  private let rows: PictureRows<S>
  private let bands: Bands
  private let p: UnsafeMutablePointer<S>
  private var q: [S]
  private var next: [S]
  private var sums: [Double]

  /// Iterations between two looks at the gap.
  private static var stride: Int { 10 }

  /// - Parameters:
  ///   - p: where it starts and what it changes, within the unit discs.
  ///   - range: what the numbers of the plane are bound to; `nil` for nothing.
  init(
    lambda: S, of differences: ForwardDifferences, from p: UnsafeMutablePointer<S>,
    within range: ClosedRange<Double>? = nil
  ) {
    (self.lambda, self.p) = (lambda, p)
    rows = PictureRows(differences, within: range)
    bands = Bands(height: differences.height, width: differences.width)
    let squaredNorm = S(differences.norm * differences.norm)
    step = squaredNorm > 0 ? 1 / (lambda * squaredNorm) : 0
    q = Array(UnsafeBufferPointer(start: p, count: 2 * differences.height * differences.width))
    next = q
    sums = Array(repeating: 0, count: bands.count)
  }

  /// `u` with a gap of at most `gap`, or after the last iteration. `forEach` runs the pieces of a loop.
  mutating func solve(
    _ v: UnsafePointer<S>, into u: UnsafeMutablePointer<S>, gap enough: Double,
    maximumIterations: Int, forEach: (Int, (Int) -> Void) -> Void
  ) -> (gap: Double, iterations: Int) {
    var (momentum, last, iterations) = (1.0, Double.infinity, 0)
    while true {
      let gap = gap(v, into: u, forEach)
      if !(gap > enough) || iterations >= maximumIterations { return (gap, iterations) }
      if gap > last {
        momentum = 1
        let p = p
        q.withUnsafeMutableBufferPointer { $0.baseAddress!.update(from: p, count: $0.count) }
      }
      last = gap
      for _ in 0..<min(Self.stride, maximumIterations - iterations) {
        let following = (1 + (1 + 4 * momentum * momentum).squareRoot()) / 2
        iterate(v, beta: S((momentum - 1) / following), forEach)
        momentum = following
        iterations += 1
      }
    }
  }

  private mutating func iterate(
    _ v: UnsafePointer<S>, beta: S, _ forEach: (Int, (Int) -> Void) -> Void
  ) {
    let (rows, bands, lambda, step, p) = (rows, bands, lambda, step, p)
    q.withUnsafeBufferPointer { q in
      next.withUnsafeMutableBufferPointer { next in
        let (q, next) = (q.baseAddress!, next.baseAddress!)
        forEach(bands.count) {
          rows.ascend(v, p, q, into: next, lambda: lambda, c: step, beta: beta, rows: bands[$0])
        }
      }
    }
    swap(&q, &next)
  }

  /// `u <- C(v - lambda D^* p)` and `lambda (J(u) - <D u, p>)`.
  private mutating func gap(
    _ v: UnsafePointer<S>, into u: UnsafeMutablePointer<S>,
    _ forEach: (Int, (Int) -> Void) -> Void
  ) -> Double {
    let (rows, bands, lambda) = (rows, bands, lambda)
    let p = UnsafePointer(p)
    sums.withUnsafeMutableBufferPointer { sums in
      let sums = sums.baseAddress!
      forEach(bands.count) { rows.primal(v, p, into: u, lambda: lambda, rows: bands[$0]) }
      forEach(bands.count) {
        let sum = rows.variation(u, p, rows: bands[$0])
        sums[$0] = sum.norm - sum.product
      }
    }
    return Double(lambda) * sums.reduce(0, +)
  }
}
