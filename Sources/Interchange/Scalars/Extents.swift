/// Checks on shapes that come from a file.
enum Extents {
  /// The largest number of axes accepted: NumPy's own limit.
  static let mostAxes = 64

  /// The largest array accepted, 256 TiB: sums of such sizes stay far from overflow.
  private static let mostBytes = 1 << 48

  /// Number of elements, `nil` if an extent is negative, there are too many axes, or a product of
  /// extents, times the 8 bytes of the widest scalar, is above the limit.
  ///
  /// Extents of 0 do not hide an overflow: partial products of a shape are formed elsewhere.
  static func count(of shape: [Int]) -> Int? {
    guard shape.count <= mostAxes else { return nil }
    var bytes = 8
    for extent in shape {
      guard extent >= 0 else { return nil }
      let (product, overflow) = bytes.multipliedReportingOverflow(by: max(extent, 1))
      guard !overflow, product <= mostBytes else { return nil }
      bytes = product
    }
    return shape.contains(0) ? 0 : bytes / 8
  }

  /// Elements stored first axis fastest (Fortran), brought into row-major order.
  /// Cost: `O(count)`, one further copy.
  static func rowMajor<Scalar>(fromColumnMajor scalars: [Scalar], shape: [Int]) -> [Scalar] {
    guard shape.count > 1, !scalars.isEmpty else { return scalars }
    let strides = [1] + shape.dropLast().reduce(into: [Int]()) { $0.append(($0.last ?? 1) * $1) }
    var index = [Int](repeating: 0, count: shape.count)
    var source = 0
    return scalars.indices.map { _ in
      defer { advance(&index, &source, shape: shape, strides: strides) }
      return scalars[source]
    }
  }

  /// Moves a multi-index to the next element in row-major order, and its offset with it.
  private static func advance(
    _ index: inout [Int], _ offset: inout Int, shape: [Int], strides: [Int]
  ) {
    for axis in shape.indices.reversed() {
      index[axis] += 1
      offset += strides[axis]
      if index[axis] < shape[axis] { return }
      offset -= strides[axis] * shape[axis]
      index[axis] = 0
    }
  }
}
