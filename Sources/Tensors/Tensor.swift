/// A dense row-major array of real numbers with a shape.
///
/// Element `(i_0, …, i_{r-1})` of a tensor of shape `(d_0, …, d_{r-1})` lies at offset
/// `((i_0 d_1 + i_1) d_2 + …) + i_{r-1}`. A minibatch is a matrix of shape `(samples, features)`.
///
/// Values: copies share storage until one of them is written to (copy-on-write).
/// Cost: `O(1)` to copy, `O(count)` on the first write after a copy.
public struct Tensor<Scalar: TensorScalar>: Sendable, Equatable {
  /// Extents, outermost first. Every extent is at least 0.
  public private(set) var shape: [Int]
  /// The elements in row-major order; always `shape.reduce(1, *)` of them.
  public private(set) var scalars: [Scalar]

  /// A tensor of the given shape filled with one value.
  public init(repeating value: Scalar = 0, shape: [Int]) {
    precondition(shape.allSatisfy { $0 >= 0 }, "negative extent in shape \(shape)")
    self.init(unfilled: shape)
    let count = scalars.count
    withMutablePointer { Scalar.fill($0, count: count, with: value) }
  }

  /// A tensor whose elements are to be written before they are read.
  package init(unfilled shape: [Int]) {
    self.shape = shape
    scalars = Array(unsafeUninitializedCapacity: shape.reduce(1, *)) { $1 = $0.count }
  }

  /// A tensor over given elements in row-major order.
  /// - Throws: ``ShapeError`` if the number of elements is not the product of the extents, or that
  ///   product is too large to count.
  public init(shape: [Int], scalars: [Scalar]) throws(ShapeError) {
    guard shape.allSatisfy({ $0 >= 0 }) else { throw .negativeExtent(shape) }
    guard let count = Self.count(of: shape) else { throw .overflow(shape) }
    guard count == scalars.count else {
      throw .elementCount(shape: shape, expected: count, found: scalars.count)
    }
    self.shape = shape
    self.scalars = scalars
  }

  /// The product of the extents; `nil` if it is too large for an `Int`.
  private static func count(of shape: [Int]) -> Int? {
    guard !shape.contains(0) else { return 0 }
    return shape.reduce(1) { (product: Int?, extent) in
      let (next, overflows) = (product ?? 0).multipliedReportingOverflow(by: extent)
      return product == nil || overflows ? nil : next
    }
  }

  /// A matrix given row by row; all rows must be equally long.
  public init(rows: [[Scalar]]) {
    let columns = rows.first?.count ?? 0
    precondition(rows.allSatisfy { $0.count == columns }, "rows of different lengths")
    self.shape = [rows.count, columns]
    self.scalars = rows.flatMap { $0 }
  }

  /// Number of elements.
  public var count: Int { scalars.count }

  /// First extent: the number of samples of a minibatch. 1 for a scalar.
  public var rows: Int { shape.first ?? 1 }

  /// Elements per row: the product of all extents but the first.
  public var columns: Int { shape.dropFirst().reduce(1, *) }

  /// The element at a multi-index, one index for each extent.
  public subscript(indices: Int...) -> Scalar {
    get { scalars[offset(of: indices)] }
    set { scalars[offset(of: indices)] = newValue }
  }

  private func offset(of indices: [Int]) -> Int {
    precondition(indices.count == shape.count, "\(indices.count) indices for shape \(shape)")
    return zip(indices, shape).reduce(0) { offset, pair in
      precondition(pair.0 >= 0 && pair.0 < pair.1, "index \(indices) outside shape \(shape)")
      return offset * pair.1 + pair.0
    }
  }

  /// The same elements under another shape. Cost: `O(1)`.
  /// - Throws: ``ShapeError`` if the number of elements differs.
  public func reshaped(to shape: [Int]) throws(ShapeError) -> Self {
    try Tensor(shape: shape, scalars: scalars)
  }

  /// Read access to the elements without copying.
  public func withSpan<Result>(_ body: (Span<Scalar>) throws -> Result) rethrows -> Result {
    try body(scalars.span)
  }

  /// Write access to the elements without copying (if the storage is not shared).
  public mutating func withMutableSpan<Result>(
    _ body: (inout MutableSpan<Scalar>) throws -> Result
  ) rethrows -> Result {
    var span = scalars.mutableSpan
    return try body(&span)
  }

  /// The raw elements, for kernels only: valid inside `body`, never to be kept.
  public func withPointer<Result>(
    _ body: (UnsafePointer<Scalar>) throws -> Result
  ) rethrows -> Result {
    try scalars.withUnsafeBufferPointer { try body($0.baseAddress ?? Self.nowhere) }
  }

  /// The raw writable elements, for kernels only: valid inside `body`, never to be kept.
  public mutating func withMutablePointer<Result>(
    _ body: (UnsafeMutablePointer<Scalar>) throws -> Result
  ) rethrows -> Result {
    try scalars.withUnsafeMutableBufferPointer {
      try body($0.baseAddress ?? UnsafeMutablePointer(mutating: Self.nowhere))
    }
  }

  /// Never dereferenced: stands for the storage of a tensor without elements.
  private static var nowhere: UnsafePointer<Scalar> {
    UnsafePointer(bitPattern: MemoryLayout<Scalar>.alignment)!
  }

  /// Rows `range` of a matrix or batch as a tensor of their own. Cost: a copy of those rows.
  public func rows(_ range: Range<Int>) -> Self {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    let slice = scalars[(range.lowerBound * columns)..<(range.upperBound * columns)]
    return Tensor(unchecked: [range.count] + shape.dropFirst(), Array(slice))
  }

  private init(unchecked shape: [Int], _ scalars: [Scalar]) {
    self.shape = shape
    self.scalars = scalars
  }

  /// Applies a function to every element.
  public func map<Other>(_ transform: (Scalar) throws -> Other) rethrows -> Tensor<Other> {
    Tensor<Other>(unchecked: shape, try scalars.map(transform))
  }

  /// Whether every element is finite. Cost: `O(count)`.
  public var isFinite: Bool { withPointer { Scalar.areFinite($0, count: count) } }

  /// The sum of the squares of all elements, added up in `Double`.
  public var squaredNorm: Double { dot(self) }

  /// The sum of the products of corresponding elements, added up in `Double`.
  public func dot(_ other: Tensor) -> Double {
    precondition(count == other.count, "dot product of shapes \(shape) and \(other.shape)")
    return withPointer { x in other.withPointer { Scalar.dot(x, $0, count: count) } }
  }

  /// `self <- a self + b other`, shapes equal.
  public mutating func combine(_ a: Scalar, _ b: Scalar, _ other: Tensor) {
    precondition(shape == other.shape, "sum of shapes \(shape) and \(other.shape)")
    let count = self.count
    withMutablePointer { x in
      other.withPointer { Scalar.combine(a, x, b, $0, into: x, count: count) }
    }
  }

  /// `self <- factor self`.
  public mutating func scale(by factor: Scalar) {
    guard factor != 1 else { return }
    let count = self.count
    withMutablePointer { Scalar.combine(factor, $0, 0, $0, into: $0, count: count) }
  }

  /// `factor` times the tensor.
  public func scaled(by factor: Scalar) -> Tensor {
    var result = self
    result.scale(by: factor)
    return result
  }
}
