extension TextScanner {
  /// A JSON string with its escapes resolved (RFC 8259).
  mutating func jsonText() throws(FormatError) -> String {
    try expect("\"")
    var text = [UInt8]()
    while let byte = next() {
      switch byte {
      case UInt8(ascii: "\""): return try utf8(text)
      case UInt8(ascii: "\\"): text += try jsonEscape()
      case ..<0x20: throw error("a control character stands in a text of the header")
      default: text.append(byte)
      }
    }
    throw error("the header holds a text without end")
  }

  /// The UTF-8 bytes of what follows a backslash.
  private mutating func jsonEscape() throws(FormatError) -> [UInt8] {
    guard let letter = next() else { throw error("the header holds a text without end") }
    if letter == UInt8(ascii: "u") { return Array(String(try unicodeEscape()).utf8) }
    guard let index = Self.escapes.firstIndex(of: letter) else {
      throw error("unknown escape in a text of the header")
    }
    return [Self.escaped[index]]
  }

  private static let escapes = Array("\"\\/bfnrt".utf8)
  private static let escaped: [UInt8] = Array("\"\\/".utf8) + [0x08, 0x0C, 0x0A, 0x0D, 0x09]

  private mutating func unicodeEscape() throws(FormatError) -> Unicode.Scalar {
    var code = try hexadecimal()
    if 0xD800..<0xDC00 ~= code, next() == UInt8(ascii: "\\"), next() == UInt8(ascii: "u") {
      let low = try hexadecimal()
      if 0xDC00..<0xE000 ~= low { code = 0x10000 + (code - 0xD800) << 10 + low - 0xDC00 }
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw error("half a surrogate pair stands in a text of the header")
    }
    return scalar
  }

  private mutating func hexadecimal() throws(FormatError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("\\u needs four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
    }
    return code
  }
}

extension String {
  /// The text as a JSON string, quotes included.
  var jsonText: String {
    let body = unicodeScalars.map { scalar in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case "\u{0}"..<"\u{10}": "\\u000" + String(scalar.value, radix: 16)
      case "\u{10}"..<"\u{20}": "\\u00" + String(scalar.value, radix: 16)
      default: String(scalar)
      }
    }
    return "\"\(body.joined())\""
  }
}
