import RealModule
import Tensors

/// Piecewise constant pictures, of total variation as small as pictures have it: discs and rectangles in turn, of
/// one brightness each, on a darker ground.
///
/// For inverse problems whose answer should be found almost exactly. Channels are the same.
public struct Phantom: Sendable, Equatable {
  /// Extents of a picture.
  public let shape: ImageShape
  /// Shapes in a picture, at least 1.
  public let shapes: Int

  /// - Throws: ``ImagingError`` unless there is a shape.
  public init(_ shape: ImageShape, shapes: Int = 2) throws(ImagingError) {
    try ImagingError.require(shapes, atLeast: 1, "Phantom", "shapes")
    (self.shape, self.shapes) = (shape, shapes)
  }

  /// `count` pictures in [0, 1]; picture `i` is a function of the seed and `i`.
  public func pictures(_ count: Int, seed: UInt64) -> Tensor<Float> {
    var batch = Tensor<Float>(shape: shape.batch(count))
    batch.withMutablePointer { x in
      for index in 0..<count {
        // The highest bit tells them from other pictures that are made up.
        var stream = RandomStream(seed: seed, .synthesis, lane: 1 << 63 | UInt64(index))
        draw(&stream, into: x + index * shape.count)
      }
    }
    return batch
  }

  private func draw(_ stream: inout RandomStream, into x: UnsafeMutablePointer<Float>) {
    let (height, width) = (Double(shape.height), Double(shape.width))
    let ground = Float(0.1 + 0.2 * stream.uniform())
    for pixel in 0..<shape.count { x[pixel] = ground }
    for number in 0..<shapes {
      let (row, column) = (
        height * (0.2 + 0.6 * stream.uniform()), width * (0.2 + 0.6 * stream.uniform())
      )
      let (down, across) = (
        height * (0.08 + 0.17 * stream.uniform()), width * (0.08 + 0.17 * stream.uniform())
      )
      let brightness = Float(0.5 + 0.4 * stream.uniform())
      for i in 0..<shape.height {
        for j in 0..<shape.width {
          let (y, z) = ((Double(i) + 0.5 - row) / down, (Double(j) + 0.5 - column) / across)
          let isInside = number.isMultiple(of: 2) ? y * y + z * z <= 1 : max(abs(y), abs(z)) <= 1
          guard isInside else { continue }
          for channel in 0..<shape.channels {
            x[(channel * shape.height + i) * shape.width + j] = brightness
          }
        }
      }
    }
  }
}
