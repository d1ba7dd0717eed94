import Tensors

/// Pictures in memory, each of its own extents, all with the same number of channels.
public struct ImageSet: Sendable {
  /// Shape `(channels, height, width)` each.
  public let pictures: [Tensor<Float>]
  /// Extents of each.
  public let shapes: [ImageShape]
  /// Numbers per pixel.
  public let channels: Int

  /// Pictures of shape `(height, width)` or `(channels, height, width)`.
  /// - Throws: ``ImagingError/unsuitable(_:)`` without pictures, for other or empty shapes, for pictures
  ///   that differ in channels, and for a number that is not finite.
  public init(_ pictures: [Tensor<Float>]) throws(ImagingError) {
    var (planes, shapes): ([Tensor<Float>], [ImageShape]) = ([], [])
    for (index, picture) in pictures.enumerated() {
      let shape = picture.shape.count == 2 ? [1] + picture.shape : picture.shape
      guard shape.count == 3, picture.count > 0, let made = try? picture.reshaped(to: shape) else {
        throw .unsuitable(
          "picture \(index + 1) has shape \(picture.shape); give (height, width) or (channels, "
            + "height, width)")
      }
      guard made.isFinite else {
        throw .unsuitable("picture \(index + 1) holds a number that is not finite")
      }
      shapes.append(try ImageShape(shape[0], shape[1], shape[2]))
      planes.append(made)
    }
    guard let channels = planes.first?.shape[0] else {
      throw .unsuitable("a set of pictures needs at least one")
    }
    if let other = planes.firstIndex(where: { $0.shape[0] != channels }) {
      throw .unsuitable(
        "picture \(other + 1) has \(planes[other].shape[0]) channels, the first \(channels); "
          + "bring all to grey or all to colour")
    }
    (self.pictures, self.shapes, self.channels) = (planes, shapes, channels)
  }

  /// Number of pictures.
  public var count: Int { pictures.count }

  /// The same pictures with one channel: the mean of three by the weights of ITU-R BT.601, 0.299,
  /// 0.587 and 0.114; of any other number by equal weights.
  public var grey: ImageSet {
    guard channels > 1 else { return self }
    let weights: [Float] =
      channels == 3
      ? [0.299, 0.587, 0.114] : Array(repeating: 1 / Float(channels), count: channels)
    return ImageSet(grey: pictures.map { $0.combined(weights) }, shapes)
  }

  private init(grey pictures: [Tensor<Float>], _ shapes: [ImageShape]) {
    (self.pictures, channels) = (pictures, 1)
    self.shapes = shapes.map { $0.with(channels: 1) }
  }
}

extension Tensor<Float> {
  /// One channel: the weighted sum of all.
  fileprivate func combined(_ weights: [Float]) -> Tensor {
    let pixels = shape[1] * shape[2]
    var sum = Tensor(shape: [1, shape[1], shape[2]])
    sum.withMutablePointer { sum in
      withPointer { x in
        for (channel, weight) in weights.enumerated() {
          Float.combine(1, sum, weight, x + channel * pixels, into: sum, count: pixels)
        }
      }
    }
    return sum
  }
}
