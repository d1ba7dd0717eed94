import RealModule
import Tensors

/// Solves `a y_i + b log y_i = v_i - c`, `sum y_i = 1`, for `y` in the open simplex and `c`.
///
/// The stationarity condition of a quadratic plus an entropy over the simplex: `b > 0`, `a + b > 0`,
/// so the left side increases on `(0, 1]`. In `l_i = log y_i`, each equation is `a e^l + b l = w`;
/// `y_i` is an increasing convex function of `w_i = v_i - c`. Newton's method is monotone both for
/// `l_i` (started on the right side) and for `c` (started where the greatest `y_i` is 1).
/// With `a > 0`, `y = (b/a) omega(w/b + log(a/b))`, `omega` the Wright omega function.
struct EntropicRow {
  /// `a`, the coefficient of `y`.
  let linear: Double
  /// `b > 0`, the coefficient of `log y`.
  let logarithmic: Double

  /// `out <- y`; `out` may be `v`.
  func solve<S: TensorScalar>(
    _ v: UnsafePointer<S>, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    guard count > 0 else { return }
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { row in
      for i in 0..<count { row[i] = Double(v[i]) }
      solve(row)
      for i in 0..<count { out[i] = S(row[i]) }
    }
  }

  private func solve(_ row: UnsafeMutableBufferPointer<Double>) {
    let top = row.max() ?? 0
    var shift = -linear  // c - max v
    var sum = 0.0
    for _ in 0..<100 {
      let slope: Double
      (sum, slope) = totals(row, top, shift)
      let step = (sum - 1) / slope
      guard step > 2 * max(abs(shift), logarithmic).ulp else { break }
      shift += step
    }
    for i in row.indices { row[i] = probability(row[i] - top - shift) / sum }
  }

  /// `sum y_i` and `-d/dc sum y_i`.
  private func totals(
    _ row: UnsafeMutableBufferPointer<Double>, _ top: Double, _ shift: Double
  ) -> (sum: Double, slope: Double) {
    var (sum, slope) = (0.0, 0.0)
    for i in row.indices {
      let y = probability(row[i] - top - shift)
      sum += y
      slope += y / (linear * y + logarithmic)
    }
    return (sum, slope)
  }

  /// `y = e^l` with `a e^l + b l = w`, for `w <= a`.
  private func probability(_ w: Double) -> Double {
    guard linear != 0 else { return .exp(w / logarithmic) }
    var l = w / logarithmic
    if linear > 0 { l = min(l, 0) }
    for _ in 0..<100 {
      let y = Double.exp(l)
      let step = (w - linear * y - logarithmic * l) / (linear * y + logarithmic)
      // Newton climbs for a < 0 and descends for a > 0; rounding ends the monotone run.
      guard linear < 0 ? step > 0 : step < 0 else { return y }
      l += step
      if abs(step) <= 4 * max(abs(l), 1e-3).ulp { return .exp(l) }
    }
    return .exp(l)
  }
}
