/// A shape that does not fit.
public enum ShapeError: Error, Equatable, Codable, CustomStringConvertible {
  /// An extent is below zero.
  case negativeExtent([Int])
  /// The product of the extents is too large to count.
  case overflow([Int])
  /// The number of elements is not the product of the extents.
  case elementCount(shape: [Int], expected: Int, found: Int)
  /// Two shapes that must agree do not; `what` names the operands.
  case mismatch(what: String, expected: [Int], found: [Int])
  /// An image without channels or pixels.
  case emptyImage(channels: Int, height: Int, width: Int)
  /// Extents of a convolution that do not go together, and what to do instead.
  case convolution(String)

  /// One sentence with both shapes or counts.
  public var description: String {
    switch self {
    case .negativeExtent(let shape):
      "shape \(shape) has a negative extent; every extent must be at least 0"
    case .overflow(let shape):
      "shape \(shape) has more elements than can be counted; make its extents smaller"
    case .elementCount(let shape, let expected, let found):
      "shape \(shape) holds \(expected) elements but \(found) were given"
    case .mismatch(let what, let expected, let found):
      "\(what): expected shape \(expected), found \(found)"
    case .emptyImage(let channels, let height, let width):
      "an image of \(channels) x \(height) x \(width) has no pixels; every extent must be at least 1"
    case .convolution(let sentence): sentence
    }
  }
}
