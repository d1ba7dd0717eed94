import Tensors

/// The symmetrised gradient `E` of a field `w = (w_x, w_y)` of forward differences of a plane, and its
/// transpose:
///
///     (E w)(p) = (d_x w_x, d_y w_y, (d_y w_x + d_x w_y) / sqrt(2))(p),   d forward differences
///
/// so that the Euclidean length of the three is the Frobenius norm of the symmetric matrix. The field has
/// a `w_x` between two pixels next to each other and a `w_y` between two below each other, no others; `E`
/// is 0 where a difference would leave it. So `E D u = 0` for every affine `u`, at the border too.
struct SymmetrisedDifferences: Sendable, Equatable {
  let height: Int
  let width: Int

  init(_ differences: ForwardDifferences) {
    (height, width) = (differences.height, differences.width)
  }

  /// A bound of `||E||^2`: that of all four differences, as `(a + b)^2 / 2 <= a^2 + b^2`.
  var squaredNorm: Double {
    func square(_ height: Int, _ width: Int) -> Double {
      guard height > 0, width > 0 else { return 0 }
      let norm = ForwardDifferences(height: height, width: width).norm
      return norm * norm
    }
    return max(square(height, width - 1), square(height - 1, width))
  }

  /// `out <- E w` in the given rows. A field is a plane of `w_x`, then one of `w_y`; `out` three planes.
  @inline(__always)
  func apply<S: TensorScalar>(
    _ w: UnsafePointer<S>, into out: UnsafeMutablePointer<S>, rows: Range<Int>
  ) {
    let (pixels, half) = (height * width, S(0.5).squareRoot())
    for row in rows {
      let (x, y) = (w + row * width, w + pixels + row * width)
      let (xx, yy, xy) = (
        out + row * width, out + pixels + row * width, out + 2 * pixels + row * width
      )
      for i in 0..<max(width - 2, 0) { xx[i] = x[i + 1] - x[i] }
      for i in max(width - 2, 0)..<width { xx[i] = 0 }
      if row + 2 < height {
        for i in 0..<width { yy[i] = y[i + width] - y[i] }
      } else {
        yy.update(repeating: 0, count: width)
      }
      xy.update(repeating: 0, count: width)
      guard row + 1 < height else { continue }
      for i in 0..<width - 1 { xy[i] = half * ((x[i + width] - x[i]) + (y[i + 1] - y[i])) }
    }
  }

  /// `w <- E^* q - p` in the given rows, `p` a field; 0 outside the field.
  @inline(__always)
  func adjoint<S: TensorScalar>(
    of q: UnsafePointer<S>, minus p: UnsafePointer<S>, into w: UnsafeMutablePointer<S>,
    rows: Range<Int>
  ) {
    let pixels = height * width
    for row in rows {
      let start = row * width
      let (x, y) = (w + start, w + pixels + start)
      for i in 0..<width { x[i] = -p[start + i] }
      addTransposed(q + start, q + 2 * pixels + start, to: x, row)
      x[width - 1] = 0
      if row + 1 < height {
        for i in 0..<width { y[i] = -p[pixels + start + i] }
        addTransposed(down: q + pixels + start, q + 2 * pixels + start, to: y, row)
      } else {
        y.update(repeating: 0, count: width)
      }
    }
  }

  /// `w <- E^* q` on the whole plane.
  func adjoint<S: TensorScalar>(of q: UnsafePointer<S>, into w: UnsafeMutablePointer<S>) {
    w.update(repeating: 0, count: 2 * height * width)
    adjoint(of: q, minus: UnsafePointer(w), into: w, rows: 0..<height)
  }

  /// `x <- x + d_x^* xx + d_y^* xy / sqrt(2)` in one row.
  @inline(__always)
  private func addTransposed<S: TensorScalar>(
    _ xx: UnsafePointer<S>, _ xy: UnsafePointer<S>, to x: UnsafeMutablePointer<S>, _ row: Int
  ) {
    let half = S(0.5).squareRoot()
    for i in 0..<max(width - 2, 0) { x[i] -= xx[i] }
    for i in 1..<max(width - 1, 1) { x[i] += xx[i - 1] }
    if row + 1 < height {
      for i in 0..<width - 1 { x[i] -= half * xy[i] }
    }
    if row > 0 {
      for i in 0..<width - 1 { x[i] += half * xy[i - width] }
    }
  }

  /// `y <- y + d_y^* yy + d_x^* xy / sqrt(2)` in one row but the last.
  @inline(__always)
  private func addTransposed<S: TensorScalar>(
    down yy: UnsafePointer<S>, _ xy: UnsafePointer<S>, to y: UnsafeMutablePointer<S>, _ row: Int
  ) {
    let half = S(0.5).squareRoot()
    if row + 2 < height {
      for i in 0..<width { y[i] -= yy[i] }
    }
    if row > 0 {
      for i in 0..<width { y[i] += yy[i - width] }
    }
    for i in 0..<width - 1 { y[i] -= half * xy[i] }
    for i in 1..<width { y[i] += half * xy[i - 1] }
  }
}
