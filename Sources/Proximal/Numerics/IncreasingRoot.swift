/// The root of `residual(s) = v - g(s)` for an increasing `g` whose slopes lie in a known range.
///
/// Secant steps with the slope kept in its range, inside a bracket that the slopes give at the
/// start; a bisection whenever three steps have not halved the bracket. The result is exact up to
/// rounding in `residual`.
@inlinable
func increasingRoot(
  from start: Double, slopes: ClosedRange<Double>, residual: (Double) -> Double
) -> Double {
  var (s, r) = (start, residual(start))
  var bracket = RootBracket(at: s, residual: r, slopes: slopes)
  var (slope, width) = (slopes.upperBound, bracket.width)
  for iteration in 1...200 {
    guard r != 0 else { return s }
    var next = s + r / slope
    let isSlow = iteration % 3 == 0 && bracket.width > width / 2
    if isSlow || !bracket.contains(next) { next = bracket.middle }
    if iteration % 3 == 0 { width = bracket.width }
    guard abs(next - s) > s.ulp else { return next }
    let following = residual(next)
    bracket.narrow(at: next, residual: following)
    slope = min(max((r - following) / (next - s), slopes.lowerBound), slopes.upperBound)
    (s, r) = (next, following)
  }
  return s
}

/// An interval that holds the root of an increasing equation.
@usableFromInline
struct RootBracket {
  @usableFromInline var lower: Double
  @usableFromInline var upper: Double

  /// Around the root, given a residual `v - g(s)` and the range of the slopes of `g`.
  @inlinable init(at s: Double, residual: Double, slopes: ClosedRange<Double>) {
    let (near, far) = (s + residual / slopes.upperBound, s + residual / slopes.lowerBound)
    let rounding = 4 * max(abs(s), abs(near), 1).ulp
    let most = Double.greatestFiniteMagnitude
    lower = max(min(near, far) - rounding, -most)
    upper = min(max(near, far) + rounding, most)
  }

  @inlinable var width: Double { upper - lower }
  @inlinable var middle: Double { lower / 2 + upper / 2 }
  @inlinable func contains(_ s: Double) -> Bool { lower < s && s < upper }

  @inlinable mutating func narrow(at s: Double, residual: Double) {
    if residual > 0 { lower = s } else { upper = s }
  }
}
