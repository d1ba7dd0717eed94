import CPNG
import Tensors

extension PNGImage {
  /// Reads a file held in memory; `name` stands for its path in errors.
  ///
  /// At 16 bits with transparency, colours are exact only where opacity is 1.
  /// - Throws: ``FormatError``.
  public init(bytes: [UInt8], name: String) throws(FormatError) {
    let chunks = try PNGChunks(bytes, file: name)
    let decoder = Decoder()
    let result = chunks.essential.withUnsafeBytes { decoder.decode($0) }
    do throws(Decoder.Failure) {
      self = try result.get()
    } catch {
      throw FormatError(
        .corrupt, file: name, problem: "the image data are damaged: \(error.reason)",
        remedy: "copy or download the file again")
    }
  }
}

/// A reading by libpng's simplified interface, which reports errors by return values.
private struct Decoder: ~Copyable {
  struct Failure: Error {
    let reason: String
  }

  /// On the heap: libpng keeps its address.
  private let image: UnsafeMutablePointer<png_image>

  init() {
    image = .allocate(capacity: 1)
    image.initialize(to: png_image())
    image.pointee.version = png_uint_32(PNG_IMAGE_VERSION)
  }

  deinit {
    png_image_free(image)
    image.deallocate()
  }

  func decode(_ file: UnsafeRawBufferPointer) -> Result<PNGImage, Failure> {
    do throws(Failure) {
      return .success(try run(file))
    } catch {
      return .failure(error)
    }
  }

  private func run(_ file: UnsafeRawBufferPointer) throws(Failure) -> PNGImage {
    guard png_image_begin_read_from_memory(image, file.baseAddress, file.count) != 0 else {
      throw Failure(reason: image.pointee.text)
    }
    let kept = PNG_FORMAT_FLAG_ALPHA | PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_LINEAR
    image.pointee.format &= png_uint_32(kept)
    if image.pointee.format & png_uint_32(PNG_FORMAT_FLAG_LINEAR) == 0 {
      return PNGImage(try pixels(UInt8.self), depth: .eight)
    }
    var pixels = try pixels(UInt16.self)
    if image.pointee.hasOpacity { pixels.divideByOpacity() }
    return PNGImage(pixels, depth: .sixteen)
  }

  /// The decoded codes, scaled to [0, 1].
  private func pixels<Code: FixedWidthInteger & UnsignedInteger>(
    _ type: Code.Type
  ) throws(Failure) -> Tensor<Float> {
    let (height, width) = (Int(image.pointee.height), Int(image.pointee.width))
    let channels = image.pointee.channels
    var codes = [Code](repeating: 0, count: height * width * channels)
    // A warning means that libpng met data it had to mend: not what was written.
    guard png_image_finish_read(image, nil, &codes, 0, nil) != 0,
      image.pointee.warning_or_error == 0
    else { throw Failure(reason: image.pointee.text) }
    var pixels = Tensor<Float>(
      shape: channels == 1 ? [height, width] : [height, width, channels])
    pixels.withMutablePointer { target in
      for (index, code) in codes.enumerated() { target[index] = Float(code) / Float(Code.max) }
    }
    return pixels
  }
}

extension Tensor<Float> {
  /// Undoes the multiplication by the last channel.
  fileprivate mutating func divideByOpacity() {
    let (channels, pixels) = (shape[2], shape[0] * shape[1])
    withMutablePointer { x in
      for start in stride(from: 0, to: pixels * channels, by: channels) {
        let opacity = x[start + channels - 1]
        guard opacity > 0 else { continue }
        for i in start..<start + channels - 1 { x[i] = min(x[i] / opacity, 1) }
      }
    }
  }
}

extension png_image {
  /// Numbers of a pixel.
  var channels: Int { Int(format & png_uint_32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)) + 1 }

  var hasOpacity: Bool { format & png_uint_32(PNG_FORMAT_FLAG_ALPHA) != 0 }

  /// libpng's words for what went wrong.
  var text: String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
