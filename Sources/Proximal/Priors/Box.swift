import Tensors

/// The indicator of `lower <= u_i <= upper`: 0 inside, `+infinity` outside.
///
///     prox_{t J}(v)_i = max(lower, min(v_i, upper))
public struct Box: RowRegulariser, Equatable {
  /// The least number; may be `-infinity`.
  public let lower: Double
  /// The greatest number; may be `+infinity`.
  public let upper: Double

  /// `u_i >= 0`.
  public static let nonnegative = Box(lower: 0)

  /// Numbers in a closed range.
  public init(_ range: ClosedRange<Double>) {
    (lower, upper) = (range.lowerBound, range.upperBound)
  }

  private init(lower: Double) { (self.lower, upper) = (lower, .infinity) }

  /// Numbers of at least `lower`.
  /// - Throws: ``ProximalError`` unless that is finite.
  public init(_ range: PartialRangeFrom<Double>) throws(ProximalError) {
    try ProximalError.require(true, "Box", "lower", range.lowerBound, "a finite number")
    self.init(lower: range.lowerBound)
  }

  public func check(columns: Int) throws(ProximalError) {}

  /// Bounds are rounded to `S`, as the proximal map does.
  public func value<S: TensorScalar>(of u: UnsafePointer<S>, count: Int) -> Double {
    let (float, double) = ((Float(lower), Float(upper)), (lower, upper))
    let outside: S = total(
      count, u, u, { x, _ in x >= float.0 && x <= float.1 ? 0 : 1 },
      { x, _ in x >= double.0 && x <= double.1 ? 0 : 1 })
    return outside == 0 ? 0 : .infinity
  }

  public func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    let (float, double) = ((Float(lower), Float(upper)), (lower, upper))
    elementwise(
      v, into: out, count: count, { max(min($0, float.1), float.0) },
      { max(min($0, double.1), double.0) })
  }
}
