/// Walks through the tokens of a short ASCII or UTF-8 text inside a file.
///
/// White space before a token is skipped. Errors carry the place in the file.
struct TextScanner {
  private let bytes: ArraySlice<UInt8>
  private let file: String
  private let base: Int
  private var position: Int

  /// `base` is the place of the first byte of `bytes` in the file.
  init(_ bytes: ArraySlice<UInt8>, file: String, base: Int) {
    self.bytes = bytes
    self.file = file
    self.base = base
    position = bytes.startIndex
  }

  /// The next byte as it is, `nil` at the end.
  mutating func next() -> UInt8? {
    guard position < bytes.endIndex else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  /// Whether the next token starts so.
  mutating func isAt(_ token: StaticString) -> Bool {
    skipSpace()
    let token = UnsafeBufferPointer(start: token.utf8Start, count: token.utf8CodeUnitCount)
    return bytes[position...].starts(with: token)
  }

  /// Goes past a token if it is next; whether it was.
  mutating func skip(_ token: StaticString) -> Bool {
    guard isAt(token) else { return false }
    position += token.utf8CodeUnitCount
    return true
  }

  mutating func expect(_ token: StaticString) throws(FormatError) {
    guard skip(token) else { throw error("'\(token)' is missing in the header") }
  }

  mutating func expectEnd() throws(FormatError) {
    skipSpace()
    guard position == bytes.endIndex else { throw error("the header goes on after its end") }
  }

  /// The text up to a byte, which is passed too; no escapes.
  mutating func text(until end: Unicode.Scalar) throws(FormatError) -> String {
    let start = position
    while let byte = next() {
      if byte == UInt8(ascii: end) { return try utf8(bytes[start..<position - 1]) }
      guard byte != UInt8(ascii: "\\") else { break }
    }
    throw error("the header holds a text without end")
  }

  /// A whole number of at least 0 that fits `Int`, without sign or leading zeros.
  mutating func naturalNumber() throws(FormatError) -> Int {
    skipSpace()
    let digits = bytes[position...].prefix { (0x30...0x39).contains($0) }
    let isPlain = digits.count == 1 || digits.first != 0x30
    guard isPlain, let number = Int(String(decoding: digits, as: UTF8.self)) else {
      throw error("a whole number from 0 to 2^63 - 1 should stand here")
    }
    position = digits.endIndex
    return number
  }

  /// Bytes as text.
  func utf8(_ text: some Sequence<UInt8>) throws(FormatError) -> String {
    guard let text = String(validating: text, as: UTF8.self) else {
      throw error("the header is not valid UTF-8")
    }
    return text
  }

  func error(
    _ problem: String, kind: FormatError.Kind = .corrupt, remedy: String? = nil
  ) -> FormatError {
    let place = base + position - bytes.startIndex
    return FormatError(kind, file: file, offset: place, problem: problem, remedy: remedy)
  }

  private mutating func skipSpace() {
    while position < bytes.endIndex, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) {
      position += 1
    }
  }
}
