import Tensors

// A batch of pictures is a tensor with one picture in each row, laid out as `ImageShape` says: tensors
// of shapes `(batch, channels, height, width)` and `(batch, count)` are the same batch.
extension ImageShape {
  /// The extents of a tensor that holds a batch of such pictures.
  public func batch(_ pictures: Int) -> [Int] { [pictures, channels, height, width] }

  /// The same height and width with another number of channels, at least 1.
  public func with(channels: Int) -> ImageShape { ImageShape(self, channels: channels) }

  /// - Throws: ``ImagingError/unsuitable(_:)`` for extents that no picture has.
  init(_ channels: Int, _ height: Int, _ width: Int) throws(ImagingError) {
    do throws(ShapeError) {
      self = try ImageShape(channels: channels, height: height, width: width)
    } catch {
      throw .unsuitable(error.description)
    }
  }
}
