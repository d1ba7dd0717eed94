import Tensors

/// A dense row-major array of integers with a shape: pixels, labels, counters.
///
/// `Tensor` holds real numbers only; this holds what must stay exact or small.
public struct IntegerTensor<Scalar: FixedWidthInteger & Sendable>: Sendable, Equatable {
  /// Extents, outermost first. Every extent is at least 0.
  public let shape: [Int]
  /// The elements in row-major order; always `shape.reduce(1, *)` of them.
  public let scalars: [Scalar]

  /// An array over given elements in row-major order.
  /// - Throws: `ShapeError` if the number of elements is not the product of the extents, or that is
  ///   too large to count.
  public init(shape: [Int], scalars: [Scalar]) throws(ShapeError) {
    guard shape.allSatisfy({ $0 >= 0 }) else { throw .negativeExtent(shape) }
    guard let count = Extents.count(of: shape) else { throw .overflow(shape) }
    guard count == scalars.count else {
      throw .elementCount(shape: shape, expected: count, found: scalars.count)
    }
    self.shape = shape
    self.scalars = scalars
  }

  /// A vector of the given elements.
  public init(_ scalars: [Scalar]) {
    self.shape = [scalars.count]
    self.scalars = scalars
  }

  /// Number of elements.
  public var count: Int { scalars.count }
}
