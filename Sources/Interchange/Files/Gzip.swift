/// Gzip files (RFC 1952).
enum Gzip {
  /// Whether bytes start like a gzip file.
  static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// The bytes of a file, decompressed if it is a gzip file.
  static func stream(_ source: ByteSource) throws(FormatError) -> (stream: ByteStream, Bool) {
    let isGzip = isGzip(try source.bytes(0..<min(2, source.count)))
    return (try ByteStream(source, unpacking: isGzip ? .gzip : nil), isGzip)
  }

  /// The first bytes of the decompressed file, enough to read its header.
  static func prefix(
    _ count: Int, of bytes: [UInt8], file: String
  ) throws(FormatError) -> [UInt8] {
    do throws(Inflater.Failure) {
      return try Inflater(wrapping: .gzip).prefix(count, of: bytes[...])
    } catch {
      throw describe(error, file: file, size: count)
    }
  }

  /// The decompressed file, which must be exactly `size` bytes long.
  /// - Throws: ``FormatError`` if the stream is cut, damaged, longer or shorter than `size`, or too
  ///   small to hold `size` bytes; no more than `size` bytes are ever made.
  static func inflate(
    _ bytes: [UInt8], size: Int, file: String
  ) throws(FormatError) -> [UInt8] {
    try checkRoom(for: size, in: bytes.count, file: file)
    do throws(Inflater.Failure) {
      return try Inflater(wrapping: .gzip).inflate(bytes[...], size: size)
    } catch {
      throw describe(error, file: file, size: size)
    }
  }

  /// - Throws: ``FormatError`` where so many compressed bytes cannot hold `size`.
  static func checkRoom(for size: Int, in compressed: Int, file: String) throws(FormatError) {
    guard Inflater.canHold(size, in: compressed) else {
      throw FormatError(
        .tooLarge, file: file,
        problem: "announces \(size) bytes, more than \(compressed) compressed bytes can hold")
    }
  }

  private static func describe(
    _ failure: Inflater.Failure, file: String, size: Int
  ) -> FormatError {
    switch failure {
    case .truncated:
      FormatError(.truncated, file: file, problem: "the compressed data end too early")
    case .corrupt:
      FormatError(
        .corrupt, file: file, problem: "the compressed data are damaged",
        remedy: "copy or download the file again")
    case .tooLong:
      FormatError(
        .corrupt, file: file, problem: "holds more than the \(size) bytes its header announces")
    }
  }
}
