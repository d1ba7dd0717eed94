import Tensors

extension L1Norm: TiedRegulariser {
  /// Zeros stay.
  public func tie<S: TensorScalar>(
    _ ties: inout Ties, of u: UnsafePointer<S>, count: Int, tolerance: Double
  ) {
    for i in 0..<count where abs(Double(u[i])) <= tolerance { ties.fix(i) }
  }
}

extension Box: TiedRegulariser {
  /// Numbers at a bound stay.
  public func tie<S: TensorScalar>(
    _ ties: inout Ties, of u: UnsafePointer<S>, count: Int, tolerance: Double
  ) {
    for i in 0..<count
    where Double(u[i]) <= lower + tolerance || Double(u[i]) >= upper - tolerance {
      ties.fix(i)
    }
  }
}

extension RegulariserSum: TiedRegulariser {
  /// The ties of all terms that have some.
  public func tie<S: TensorScalar>(
    _ ties: inout Ties, of u: UnsafePointer<S>, count: Int, tolerance: Double
  ) {
    for term in terms {
      (term.regulariser as? any TiedRegulariser)?
        .tie(&ties, of: u, count: count, tolerance: tolerance)
    }
  }
}

extension TotalVariation: TiedRegulariser {
  /// Neighbours that do not differ stay together; with coupled channels, those that differ in none.
  public func tie<S: TensorScalar>(
    _ ties: inout Ties, of u: UnsafePointer<S>, count: Int, tolerance: Double
  ) {
    for y in 0..<shape.height {
      for x in 0..<shape.width {
        let here = y * shape.width + x
        if x + 1 < shape.width { tie(&ties, u, here, here + 1, tolerance) }
        if y + 1 < shape.height { tie(&ties, u, here, here + shape.width, tolerance) }
      }
    }
  }

  private func tie<S: TensorScalar>(
    _ ties: inout Ties, _ u: UnsafePointer<S>, _ i: Int, _ j: Int, _ tolerance: Double
  ) {
    let planes = (0..<shape.channels).map { $0 * shape.pixels }
    let equal = planes.filter { abs(Double(u[$0 + i] - u[$0 + j])) <= tolerance }
    guard channels == .separate || equal.count == planes.count else { return }
    for plane in equal { ties.join(plane + i, plane + j) }
  }
}
