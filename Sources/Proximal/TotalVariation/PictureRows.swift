import CPictures
import Tensors

/// The kernels of total variation on rows of one plane, for `Float` and `Double`; see CPictures.h.
///
/// Dual variables `p` are a plane of numbers to the right, then one of numbers down.
package struct PictureRows<S: TensorScalar> {
  private let width: Int
  private let height: Int
  private let range: ClosedRange<Double>?
  private var pixels: Int { width * height }

  /// - Parameter range: what primal points are moved into; `nil` for all numbers.
  package init(_ differences: ForwardDifferences, within range: ClosedRange<Double>? = nil) {
    (width, height, self.range) = (differences.width, differences.height, range)
  }

  /// `u <- f - lambda D^* p` in the given rows, moved into the range.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  package func primal(
    _ f: UnsafePointer<S>, _ p: UnsafePointer<S>, into u: UnsafeMutablePointer<S>, lambda: S,
    rows: Range<Int>
  ) {
    for row in rows { primalRow(f, p, into: u + row * width, lambda, row) }
  }

  private func primalRow(
    _ f: UnsafePointer<S>, _ p: UnsafePointer<S>, into u: UnsafeMutablePointer<S>, _ lambda: S,
    _ row: Int
  ) {
    let start = row * width
    let (f, right, down) = (f + start, p + start, p + start + pixels)
    let above = row > 0 ? down - width : nil
    if S.self == Float.self {
      px_primal_f32(
        float(f), float(right), float(down), above.map { float($0) }, float(u), width,
        Float(lambda))
    } else {
      px_primal_f64(
        double(f), double(right), double(down), above.map { double($0) }, double(u), width,
        Double(lambda))
    }
    guard let range else { return }
    let (low, high) = (range.lowerBound, range.upperBound)
    let (floatLow, floatHigh) = (Float(low), Float(high))
    elementwise(
      u, into: u, count: width, { min(max($0, floatLow), floatHigh) },
      { min(max($0, low), high) })
  }

  /// With `u = v - lambda D^* q`, moved into the range: `p <- P(q + c D u)`, `next <- p + beta (p - p before)` in the given
  /// rows, `P` the projection of each pixel onto the unit disc.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  package func ascend(
    _ v: UnsafePointer<S>, _ p: UnsafeMutablePointer<S>, _ q: UnsafePointer<S>,
    into next: UnsafeMutablePointer<S>, lambda: S, c: S, beta: S, rows: Range<Int>
  ) {
    withUnsafeTemporaryAllocation(of: S.self, capacity: 2 * width) { buffer in
      var (u, below) = (buffer.baseAddress!, buffer.baseAddress! + width)
      primalRow(v, q, into: u, lambda, rows.lowerBound)
      for row in rows {
        if row + 1 < height {
          primalRow(v, q, into: below, lambda, row + 1)
        } else {
          below.update(from: u, count: width)
        }
        dualRow(u, below, p, q, next, c, beta, row)
        swap(&u, &below)
      }
    }
  }

  private func dualRow(
    _ u: UnsafePointer<S>, _ below: UnsafePointer<S>, _ p: UnsafeMutablePointer<S>,
    _ q: UnsafePointer<S>, _ next: UnsafeMutablePointer<S>, _ c: S, _ beta: S, _ row: Int
  ) {
    let start = row * width
    let (p, q, next) = (p + start, q + start, next + start)
    if S.self == Float.self {
      px_dual_f32(
        float(u), float(below), float(p), float(p + pixels), float(q), float(q + pixels),
        float(next), float(next + pixels), width, Float(c), Float(beta))
    } else {
      px_dual_f64(
        double(u), double(below), double(p), double(p + pixels), double(q), double(q + pixels),
        double(next), double(next + pixels), width, Double(c), Double(beta))
    }
  }

  /// `p <- P(p + c D u)` in the given rows.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  package func project(
    _ u: UnsafePointer<S>, _ p: UnsafeMutablePointer<S>, c: S, rows: Range<Int>
  ) {
    for row in rows {
      let (u, p, below) = (u + row * width, p + row * width, self.below(u, row))
      if S.self == Float.self {
        px_project_f32(float(u), float(below), float(p), float(p + pixels), width, Float(c))
      } else {
        px_project_f64(double(u), double(below), double(p), double(p + pixels), width, Double(c))
      }
    }
  }

  /// `sum |D u|` and `<D u, p>` over the given rows.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  package func variation(
    _ u: UnsafePointer<S>, _ p: UnsafePointer<S>, rows: Range<Int>
  ) -> (norm: Double, product: Double) {
    var sum = (norm: 0.0, product: 0.0)
    for row in rows {
      let (u, p, below) = (u + row * width, p + row * width, self.below(u, row))
      var (norm, product) = (0.0, 0.0)
      if S.self == Float.self {
        px_variation_f32(
          float(u), float(below), float(p), float(p + pixels), width, &norm, &product)
      } else {
        px_variation_f64(
          double(u), double(below), double(p), double(p + pixels), width, &norm, &product)
      }
      sum = (sum.norm + norm, sum.product + product)
    }
    return sum
  }

  /// The row after; the row itself at the bottom, where differences are 0.
  private func below(_ u: UnsafePointer<S>, _ row: Int) -> UnsafePointer<S> {
    u + min(row + 1, height - 1) * width
  }

  private func float(_ x: UnsafePointer<S>) -> UnsafePointer<Float> { bound(x, to: Float.self) }
  private func double(_ x: UnsafePointer<S>) -> UnsafePointer<Double> { bound(x, to: Double.self) }

  private func float(_ x: UnsafeMutablePointer<S>) -> UnsafeMutablePointer<Float> {
    bound(x, to: Float.self)
  }

  private func double(_ x: UnsafeMutablePointer<S>) -> UnsafeMutablePointer<Double> {
    bound(x, to: Double.self)
  }
}
