import Foundation
import Imaging
import Interchange
import Lifted
import Tensors

/// A PNG file that is worked on: its colours as channels, and what is kept of it, depth and opacity.
public struct PictureFile: Sendable {
  /// Shape `(channels, height, width)`, 1 channel for grey and 3 for colour.
  public let planes: Tensor<Float>
  private let opacity: Tensor<Float>?
  private let depth: PNGImage.Depth

  /// Reads a file.
  /// - Throws: `FormatError`.
  public init(reading url: URL) throws(FormatError) {
    let image = try PNGImage.read(from: url)
    (planes, opacity, depth) = (image.planes, image.opacity, image.depth)
  }

  /// The colours as a batch of one.
  public var batch: Tensor<Float> { planes.asBatch }

  /// Writes other colours with the opacity and depth of this file; opacity of other extents is repeated
  /// or thinned out.
  /// - Parameters:
  ///   - picture: a batch of one.
  ///   - depth: bits of a number; `nil` for those of this file.
  ///   - url: the file, written whole or not at all.
  /// - Throws: `FormatError`.
  public func write(
    _ picture: Tensor<Float>, depth: PNGImage.Depth? = nil, to url: URL
  ) throws(FormatError) {
    let picture = picture.asPicture
    let opacity = self.opacity.map { $0.resized(to: Array(picture.shape[1...])) }
    try PNGImage(planes: picture, opacity: opacity, depth: depth ?? self.depth).write(to: url)
  }

  /// Takes the picture for a measurement.
  /// - Parameters:
  ///   - operator: what it has gone through.
  ///   - sigma: the noise on it.
  ///   - mask: which pixels are known, for masks.
  ///   - pool: shares the work.
  /// - Throws: `ImagingError` where the operator does not go with the picture.
  public func measurement(
    of operator: OperatorChoice, sigma: Double, mask: PixelMask?, on pool: WorkerPool
  ) throws -> Measurement {
    let block = `operator`.block
    let shape = try ImageShape(
      channels: planes.shape[0], height: planes.shape[1] * block, width: planes.shape[2] * block)
    var y = planes.asBatch
    guard case .mask = `operator` else {
      // Block means are kept times the block.
      if block > 1 { y.scale(by: Float(block)) }
      return Measurement(
        y, of: `operator`, by: try `operator`.map(on: shape, seed: 0), sigma: sigma, on: pool)
    }
    guard let mask else {
      throw ImagingError.unsuitable("which pixels are known has to be said; give --mask")
    }
    return Measurement(y, of: `operator`, by: try Mask(shape, keeping: mask), sigma: sigma, on: pool)
  }
}

extension PixelMask {
  /// Reads a mask from a PNG file: pixels above half the brightness are known.
  /// - Throws: `FormatError`.
  public init(reading url: URL) throws(FormatError) {
    let planes = try PNGImage.read(from: url).planes
    let (height, width) = (planes.shape[1], planes.shape[2])
    self.init(height: height, width: width, known: planes.scalars[..<(height * width)].map { $0 > 0.5 })
  }

  /// Writes the mask, known pixels white.
  /// - Throws: `FormatError`.
  public func write(to url: URL) throws(FormatError) {
    var pixels = Tensor<Float>(shape: [height, width])
    pixels.withMutablePointer { target in
      for (index, isKnown) in known.enumerated() where isKnown { target[index] = 1 }
    }
    try PNGImage(pixels).write(to: url)
  }
}

extension Tensor<Float> {
  /// A plane of other extents: the nearest pixel of this one.
  fileprivate func resized(to extents: [Int]) -> Tensor {
    guard extents != shape else { return self }
    var plane = Tensor(shape: extents)
    let (height, width) = (shape[0], shape[1])
    withPointer { source in
      plane.withMutablePointer { target in
        for i in 0..<extents[0] {
          for j in 0..<extents[1] {
            target[i * extents[1] + j] =
              source[i * height / extents[0] * width + j * width / extents[1]]
          }
        }
      }
    }
    return plane
  }
}
