import Tensors

/// Projection on the simplex `{ y >= 0, sum y = total }` and membership of it.
///
///     P(z)_i = max(z_i - tau, 0),   sum_i max(z_i - tau, 0) = total
///
/// `tau` by Newton's method, which on this piecewise linear equation ends after finitely many steps,
/// in practice fewer than ten, each a pass over the row; no sorting and no buffer.
/// Source: Michelot, "A finite algorithm for finding the projection of a point onto the canonical
/// simplex", 1986; Condat, "Fast projection onto the simplex and the l1 ball", 2016.
enum SimplexProjection {
  /// Whether `y` lies on the simplex of total 1, up to rounding in its sum.
  static func holds<S: TensorScalar>(_ y: UnsafePointer<S>, count: Int) -> Bool {
    rowwise(y, { onSimplex($0, count: count) }, { onSimplex($0, count: count) })
  }

  @inline(__always)
  private static func onSimplex<S: TensorScalar>(_ y: UnsafePointer<S>, count: Int) -> Bool {
    var (sum, least) = (0.0, S(0))
    for i in 0..<count {
      sum += Double(y[i])
      least = min(least, y[i])
    }
    return least >= 0 && abs(sum - 1) <= tolerance(S.self, count: count)
  }

  /// Rounding that the sum of `count` numbers of a projected row may carry, relative to its total.
  static func tolerance<S: TensorScalar>(_: S.Type, count: Int) -> Double {
    4 * Double(max(count, 8)) * Double(S.ulpOfOne)
  }

  /// `tau + max z` cannot be told from `max z` when `z` is large, so the threshold is returned
  /// relative to the greatest entry: `(max z, tau - max z)`, the second in `[-total, 0)`.
  @inline(__always)
  static func threshold(
    count: Int, total: Double, entry: (Int) -> Double
  ) -> (greatest: Double, tau: Double) {
    var greatest = -Double.infinity
    for i in 0..<count { greatest = max(greatest, entry(i)) }
    var (tau, active) = (-total, count + 1)
    while true {
      var (sum, above) = (0.0, 0)
      for i in 0..<count where entry(i) - greatest > tau {
        sum += entry(i) - greatest
        above += 1
      }
      guard above > 0, above < active else { return (greatest, tau) }
      active = above
      tau = (sum - total) / Double(above)
    }
  }
}
