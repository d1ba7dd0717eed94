/// Channels, height and width of an image as a row of numbers.
///
/// Channel by channel, each row by row, as PyTorch has it: pixel `(c, i, j)` is number
/// `(c height + i) width + j`. To flatten an image is then to do nothing.
public struct ImageShape: Sendable, Equatable, CustomStringConvertible {
  /// Planes; 1 for grey, 3 for colour.
  public let channels: Int
  /// Rows of pixels.
  public let height: Int
  /// Pixels in a row.
  public let width: Int

  /// - Throws: ``ShapeError/emptyImage(channels:height:width:)`` for an extent below 1,
  ///   ``ShapeError/overflow(_:)`` for more than `2^40` numbers.
  public init(channels: Int, height: Int, width: Int) throws(ShapeError) {
    guard channels > 0, height > 0, width > 0 else {
      throw .emptyImage(channels: channels, height: height, width: width)
    }
    // Each is checked by itself first, so that the product can be taken.
    let most = 1 << 40
    guard max(channels, height, width) <= 1 << 20, channels * height <= most / width else {
      throw .overflow([channels, height, width])
    }
    (self.channels, self.height, self.width) = (channels, height, width)
  }

  /// Another number of channels, at least 1, of as many pixels.
  package init(_ shape: ImageShape, channels: Int) {
    (self.channels, height, width) = (channels, shape.height, shape.width)
  }

  /// Numbers: `channels height width`.
  public var count: Int { channels * height * width }

  /// Pixels of a channel.
  public var pixels: Int { height * width }

  /// `6 x 14 x 14`
  public var description: String { "\(channels) x \(height) x \(width)" }
}

/// A height and a width: of a kernel, a stride, a padding.
public struct Extent: Sendable, Equatable {
  /// Along a column of pixels.
  public let height: Int
  /// Along a row of pixels.
  public let width: Int

  /// Of given height and width.
  public init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

  /// The same both ways.
  public init(_ both: Int) { (height, width) = (both, both) }

  /// Whether both lie in a range.
  func lies(in range: ClosedRange<Int>) -> Bool { range.contains(height) && range.contains(width) }
}
