/// Extents of a picture: channels, rows of pixels, pixels of a row.
///
/// A batch of pictures is a tensor with one picture in each row. Within a row the channels follow one
/// another, each row by row: number `(c height + y) width + x` is channel `c` of pixel `(x, y)`. So
/// tensors of shapes `(batch, channels, height, width)` and `(batch, count)` are the same batch.
public struct ImageShape: Sendable, Hashable, Codable {
  /// Numbers per pixel, at least 1.
  public let channels: Int
  /// Rows of pixels, at least 1.
  public let height: Int
  /// Pixels of a row, at least 1.
  public let width: Int

  /// The extents of a picture; each must be at least 1.
  public init(channels: Int = 1, height: Int, width: Int) {
    precondition(
      channels >= 1 && height >= 1 && width >= 1,
      "a picture of \(channels) x \(height) x \(width)")
    (self.channels, self.height, self.width) = (channels, height, width)
  }

  /// Pixels of a channel.
  public var pixels: Int { height * width }

  /// Numbers of a picture.
  public var count: Int { channels * pixels }

  /// The same height and width with another number of channels.
  public func with(channels: Int) -> ImageShape {
    ImageShape(channels: channels, height: height, width: width)
  }

  /// The extents of a tensor that holds a batch of such pictures.
  public func batch(_ pictures: Int) -> [Int] { [pictures, channels, height, width] }
}

extension ImageShape: CustomStringConvertible {
  /// `1 x 256 x 256`: channels, height, width.
  public var description: String { "\(channels) x \(height) x \(width)" }
}
