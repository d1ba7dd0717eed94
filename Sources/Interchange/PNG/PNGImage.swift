import Foundation
import Tensors

/// A PNG picture as numbers in [0, 1].
///
/// Numbers are the stored codes divided by 255 or 65535: no gamma or colour-space conversion is
/// made, whatever the file says about it.
public struct PNGImage: Sendable, Equatable {
  /// Bits of one number in the file.
  public enum Depth: Int, Sendable, CaseIterable {
    case eight = 8
    case sixteen = 16
  }

  /// Shape `(height, width)` for grey, `(height, width, c)` otherwise: `c = 3` for RGB, and with
  /// opacity last, not multiplied in, `c = 2` for grey and `c = 4` for RGB.
  public let pixels: Tensor<Float>
  /// Bits of one number in the file.
  public let depth: Depth

  /// A picture to be written: shape `(h, w)`, or `(h, w, c)` with `c` from 1 to 4. Numbers outside
  /// [0, 1] are clipped, NaN is written as 0. At 16 bits colours are exact where opacity is 1, else to
  /// within a code divided by it.
  public init(_ pixels: Tensor<Float>, depth: Depth = .eight) {
    self.pixels = pixels
    self.depth = depth
  }

  /// Reads a file: grey, RGB or palette, with or without transparency, 1 to 16 bits (fewer than 8
  /// are brought to 8, palettes to RGB).
  /// - Throws: ``FormatError``, also for more than 2^26 pixels.
  public static func read(from url: URL) throws(FormatError) -> PNGImage {
    try PNGImage(bytes: FileBytes.read(url), name: url.path)
  }

  /// Writes the file, whole or not at all.
  /// - Throws: ``FormatError``, also for a shape that is not a picture.
  public func write(to url: URL) throws(FormatError) {
    try AtomicFile.write(encoded(name: url.path), to: url)
  }
}
