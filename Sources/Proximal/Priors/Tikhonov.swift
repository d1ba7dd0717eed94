import Tensors

/// `J(u) = 1/2 ||u - c||^2`, `c = 0` if none is given.
///
///     prox_{t J}(v) = (v + t c) / (1 + t)
public struct Tikhonov: RowRegulariser, Equatable {
  /// `c`; `nil` for 0.
  public let centre: [Double]?

  /// `1/2 ||u||^2`, for rows of any length.
  public init() { centre = nil }

  /// `1/2 ||u - c||^2`, for rows of the length of `c`.
  /// - Throws: ``ProximalError`` unless all numbers are finite.
  public init(centre: [Double]) throws(ProximalError) {
    for number in centre {
      try ProximalError.require(true, "Tikhonov", "centre", number, "finite numbers")
    }
    self.centre = centre
  }

  public func check(columns: Int) throws(ProximalError) {
    guard let centre, centre.count != columns else { return }
    throw .columns(columns, of: "Tikhonov", needs: "\(centre.count), as its centre has")
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func value<S: TensorScalar>(of u: UnsafePointer<S>, count: Int) -> Double {
    guard let centre else { return S.dot(u, u, count: count) / 2 }
    return (0..<count).reduce(0.0) {
      let difference = Double(u[$1]) - centre[$1]
      return $0 + difference * difference
    } / 2
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    S.combine(1 / (1 + step), v, 0, v, into: out, count: count)
    guard let centre else { return }
    let share = Double(step / (1 + step))
    for i in 0..<count { out[i] += S(share * centre[i]) }
  }
}
