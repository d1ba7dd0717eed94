import Tensors

/// Pictures in memory, each of its own extents, all with the same number of channels.
public struct ImageSet: Sendable {
  /// Shape `(channels, height, width)` each.
  public let pictures: [Tensor<Float>]
  /// Numbers per pixel.
  public let channels: Int

  /// Pictures of shape `(height, width)` or `(channels, height, width)`.
  /// - Throws: ``ImagingError/unsuitable(_:)`` without pictures, for other or empty shapes, for pictures
  ///   that differ in channels, and for a number that is not finite.
  public init(_ pictures: [Tensor<Float>]) throws(ImagingError) {
    var planes: [Tensor<Float>] = []
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
    (self.pictures, self.channels) = (planes, channels)
  }

  /// Number of pictures.
  public var count: Int { pictures.count }

  /// Extents of a picture.
  public func shape(of picture: Int) -> ImageShape {
    let shape = pictures[picture].shape
    return ImageShape(channels: shape[0], height: shape[1], width: shape[2])
  }

  /// The same pictures with one channel: the mean of three by the weights of ITU-R BT.601, 0.299,
  /// 0.587 and 0.114; of any other number by equal weights.
  public var grey: ImageSet {
    guard channels > 1 else { return self }
    let weights: [Float] =
      channels == 3
      ? [0.299, 0.587, 0.114] : Array(repeating: 1 / Float(channels), count: channels)
    return ImageSet(unchecked: pictures.map { $0.combined(weights) })
  }

  private init(unchecked pictures: [Tensor<Float>]) {
    (self.pictures, channels) = (pictures, pictures[0].shape[0])
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
