/// Reads bytes front to back and never past the end; its errors know the file and the place.
struct ByteReader {
  let bytes: [UInt8]
  let file: String
  private(set) var offset = 0

  init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  var remaining: Int { bytes.count - offset }

  /// The next `count` bytes; `what` names them in the error if they are not there.
  mutating func take(_ count: Int, _ what: String) throws(FormatError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else {
      throw error(.truncated, "\(what) needs \(count) bytes but \(remaining) are left")
    }
    defer { offset += count }
    return bytes[offset..<offset + count]
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

  /// Goes to a byte of the file; `what` names what should be there.
  mutating func seek(to place: Int, _ what: String) throws(FormatError) {
    guard place >= 0, place <= bytes.count else {
      throw error(.corrupt, "\(what) should start at byte \(place) of \(bytes.count)")
    }
    offset = place
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
