import RealModule
import Tensors

/// The discrete gradient `D` of a plane by forward differences, and its transpose:
///
///     (D x)(p) = (x(p + right) - x(p), x(p + down) - x(p)),   0 across the border
///     D^* = -div
///
/// Its norm is exactly `2 sqrt(cos^2(pi / (2 width)) + cos^2(pi / (2 height))) < sqrt(8)`.
public struct ForwardDifferences: Sendable, Equatable {
  /// Rows of the plane, at least 1.
  public let height: Int
  /// Columns of the plane, at least 1.
  public let width: Int

  /// The differences of planes of the given extents, each at least 1.
  public init(height: Int, width: Int) {
    precondition(height >= 1 && width >= 1, "a plane of \(height) x \(width)")
    (self.height, self.width) = (height, width)
  }

  /// The spectral norm.
  public var norm: Double {
    let (c, d) = (Double.cos(.pi / Double(2 * width)), Double.cos(.pi / Double(2 * height)))
    // The cosine of pi/2 is not 0 in floating point.
    return 2 * ((width > 1 ? c * c : 0) + (height > 1 ? d * d : 0)).squareRoot()
  }

  /// `(right, down) <- D x` in the given rows.
  @inlinable @inline(__always)
  public func gradient<S: TensorScalar>(
    of x: UnsafePointer<S>, right: UnsafeMutablePointer<S>, down: UnsafeMutablePointer<S>,
    rows: Range<Int>
  ) {
    for row in rows {
      let start = row * width
      let (x, right, down) = (x + start, right + start, down + start)
      for i in 0..<width - 1 { right[i] = x[i + 1] - x[i] }
      right[width - 1] = 0
      guard row + 1 < height else {
        down.update(repeating: 0, count: width)
        continue
      }
      let below = x + width
      for i in 0..<width { down[i] = below[i] - x[i] }
    }
  }

  /// `x <- a y + b D^* (right, down)` in the given rows; `x` may be `y`.
  @inlinable @inline(__always)
  public func adjoint<S: TensorScalar>(
    of right: UnsafePointer<S>, _ down: UnsafePointer<S>, times b: S, plus a: S,
    times y: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, rows: Range<Int>
  ) {
    for row in rows {
      let start = row * width
      let (x, y, right, down) = (x + start, y + start, right + start, down + start)
      let above = down - (row > 0 ? width : 0)
      // Differences across the border are 0, whatever the arrays hold there.
      let (here, before): (S, S) = (row + 1 < height ? -b : 0, row > 0 ? b : 0)
      for i in 0..<width { x[i] = a * y[i] + here * down[i] + before * above[i] }
      for i in 0..<width - 1 { x[i] -= b * right[i] }
      for i in 1..<max(width, 1) { x[i] += b * right[i - 1] }
    }
  }
}
