import CPNG
import Foundation
import Tensors

extension PNGImage {
  /// The bytes of the file, as for embedding in a page; `name` stands for its path in errors.
  /// - Throws: ``FormatError`` for a shape that is not a picture.
  public func encoded(name: String = "picture") throws(FormatError) -> Data {
    var image = try layout(name)
    defer { png_image_free(&image) }
    let file =
      switch depth {
      case .eight: image.encode(codes(UInt8.self))
      case .sixteen: image.encode(withOpacityMultiplied.codes(UInt16.self))
      }
    guard let file else {
      throw FormatError(.unwritable, file: name, problem: "libpng cannot write: \(image.text)")
    }
    // libpng marks 16-bit files as linear light, which the numbers need not be.
    return Data(try PNGChunks(file, file: name).essential)
  }

  private func layout(_ name: String) throws(FormatError) -> png_image {
    let shape = pixels.shape
    let channels = shape.count == 2 ? 1 : shape.count == 3 ? shape[2] : 0
    guard (1...4).contains(channels), shape[0] > 0, shape[1] > 0,
      shape[0] * shape[1] <= PNGChunks.mostPixels, max(shape[0], shape[1]) <= 1_000_000
    else {
      throw FormatError(
        .unsupported, file: name,
        problem: "shape \(shape) is not a picture",
        remedy: "give (h, w), (h, w, 1), (h, w, 2), (h, w, 3) or (h, w, 4)")
    }
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(shape[1])
    image.height = png_uint_32(shape[0])
    image.format = png_uint_32(channels - 1)
    if depth == .sixteen { image.format |= png_uint_32(PNG_FORMAT_FLAG_LINEAR) }
    return image
  }

  /// As libpng takes pictures of 16 bits: colours times opacity, which it divides by again.
  private var withOpacityMultiplied: PNGImage {
    let channels = pixels.shape.count == 2 ? 1 : pixels.shape[2]
    guard channels % 2 == 0 else { return self }
    var multiplied = pixels
    multiplied.withMutablePointer { x in
      for start in stride(from: 0, to: pixels.count, by: channels) {
        let opacity = x[start + channels - 1]
        for i in start..<start + channels - 1 { x[i] = min(x[i], 1) * min(opacity, 1) }
      }
    }
    return PNGImage(multiplied, depth: depth)
  }

  private func codes<Code: FixedWidthInteger & UnsignedInteger>(_ type: Code.Type) -> [Code] {
    // Comparisons with NaN are false: it becomes 0.
    pixels.scalars.map { $0 > 0 ? Code((min($0, 1) * Float(Code.max)).rounded()) : 0 }
  }
}

extension png_image {
  /// The file with these codes as pixels, `nil` if libpng fails.
  fileprivate mutating func encode<Code: FixedWidthInteger>(_ codes: [Code]) -> [UInt8]? {
    let raw = codes.count * MemoryLayout<Code>.size + Int(height)
    // Incompressible data grow by less than a part in 500, filters and chunks included.
    var size = raw + raw / 100 + 4096
    var file = [UInt8](repeating: 0, count: size)
    guard png_image_write_to_memory(&self, &file, &size, 0, codes, 0, nil) != 0 else { return nil }
    return Array(file.prefix(size))
  }
}
