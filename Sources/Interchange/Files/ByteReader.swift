/// Reads bytes front to back and never past the end; its errors know the file and the place.
struct ByteReader {
  let bytes: [UInt8]
  let file: String
  /// Where in the file the bytes start.
  private let base: Int
  private var place = 0

  /// - Parameter base: where in the file the bytes start.
  init(_ bytes: [UInt8], file: String, at base: Int = 0) {
    (self.bytes, self.file, self.base) = (bytes, file, base)
  }

  /// The place in the file.
  var offset: Int { base + place }

  var remaining: Int { bytes.count - place }

  /// The next `count` bytes; `what` names them in the error if they are not there.
  mutating func take(_ count: Int, _ what: String) throws(FormatError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else {
      throw error(.truncated, "\(what) needs \(count) bytes but \(remaining) are left")
    }
    defer { place += count }
    return bytes[place..<place + count]
  }

  /// The next integer, little-endian.
  mutating func littleEndian<Word: FixedWidthInteger>(
    _ type: Word.Type, _ what: String
  ) throws(FormatError) -> Word {
    try take(MemoryLayout<Word>.size, what).reversed().reduce(0) { $0 << 8 | Word($1) }
  }

  /// The next integer, big-endian.
  mutating func bigEndian<Word: FixedWidthInteger>(
    _ type: Word.Type, _ what: String
  ) throws(FormatError) -> Word {
    try take(MemoryLayout<Word>.size, what).reduce(0) { $0 << 8 | Word($1) }
  }

  /// An error at the present place, or at `place`.
  func error(
    _ kind: FormatError.Kind, _ problem: String, at place: Int? = nil, remedy: String? = nil
  ) -> FormatError {
    FormatError(kind, file: file, offset: place ?? offset, problem: problem, remedy: remedy)
  }
}

extension Array where Element == UInt8 {
  /// Appends an integer, least significant byte first.
  mutating func append<Word: FixedWidthInteger>(littleEndian word: Word) {
    Swift.withUnsafeBytes(of: word.littleEndian) { append(contentsOf: $0) }
  }

  /// Appends an integer, most significant byte first.
  mutating func append<Word: FixedWidthInteger>(bigEndian word: Word) {
    Swift.withUnsafeBytes(of: word.bigEndian) { append(contentsOf: $0) }
  }
}
