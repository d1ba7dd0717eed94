/// The JSON header of a safetensors file.
///
///     {"__metadata__": {TEXT: TEXT, ...},
///      NAME: {"dtype": "F32", "shape": [2, 3], "data_offsets": [BEGIN, END]}, ...}
///
/// Offsets count from the end of the header. Only this form is accepted: keys in any order, none
/// repeated, none unknown.
struct SafetensorsHeader {
  /// What the header says of one tensor; not yet held against the file.
  struct Entry {
    let name: String
    let scalar: StoredScalar
    let shape: [Int]
    let begin: Int
    let end: Int
  }

  let entries: [Entry]
  let metadata: [String: String]

  /// The name that stands for the metadata and cannot be a tensor's.
  static let metadataKey = "__metadata__"

  /// `base` is the place of `text` in the file, for errors.
  init(_ text: ArraySlice<UInt8>, file: String, base: Int) throws(FormatError) {
    var parser = Parser(scanner: TextScanner(text, file: file, base: base))
    guard text.first == UInt8(ascii: "{") else {
      throw parser.scanner.error("not a safetensors file: the header does not start with '{'")
    }
    try parser.object { (parser, name) throws(FormatError) in
      if name == Self.metadataKey {
        try parser.parseMetadata()
      } else {
        try parser.parseEntry(name)
      }
    }
    try parser.scanner.expectEnd()
    (entries, metadata) = (parser.entries, parser.metadata)
  }

  /// The names that safetensors has for element types.
  static let scalars: [(code: String, scalar: StoredScalar)] = [
    ("BOOL", .bool), ("U8", .uint8), ("U16", .uint16), ("U32", .uint32), ("U64", .uint64),
    ("I8", .int8), ("I16", .int16), ("I32", .int32), ("I64", .int64),
    ("F16", .float16), ("BF16", .bfloat16), ("F32", .float32), ("F64", .float64),
  ]
}

private struct Parser {
  var scanner: TextScanner
  var entries = [SafetensorsHeader.Entry]()
  var metadata = [String: String]()

  /// Parses an object, `member` the value behind each key.
  mutating func object(
    _ member: (inout Parser, String) throws(FormatError) -> Void
  ) throws(FormatError) {
    var seen = Set<String>()
    try scanner.expect("{")
    guard !scanner.skip("}") else { return }
    repeat {
      let key = try scanner.jsonText()
      guard seen.insert(key).inserted else {
        throw scanner.error("the key \(key.quoted) stands twice in the header")
      }
      try scanner.expect(":")
      try member(&self, key)
    } while scanner.skip(",")
    try scanner.expect("}")
  }

  mutating func parseMetadata() throws(FormatError) {
    try object { (parser, key) throws(FormatError) in
      parser.metadata[key] = try parser.scanner.jsonText()
    }
  }

  mutating func parseEntry(_ name: String) throws(FormatError) {
    var scalar: StoredScalar?
    var shape: [Int]?
    var offsets: [Int]?
    try object { (parser, key) throws(FormatError) in
      switch key {
      case "dtype": scalar = try parser.scalar(name)
      case "shape": shape = try parser.numbers(atMost: Extents.mostAxes)
      case "data_offsets": offsets = try parser.numbers(atMost: 2)
      default: throw parser.scanner.error("unknown key \(key.quoted) in tensor \(name.quoted)")
      }
    }
    guard let scalar, let shape, let offsets, offsets.count == 2 else {
      throw scanner.error("tensor \(name.quoted) lacks dtype, shape or two data_offsets")
    }
    entries.append(
      .init(name: name, scalar: scalar, shape: shape, begin: offsets[0], end: offsets[1]))
  }

  private mutating func scalar(_ name: String) throws(FormatError) -> StoredScalar {
    let code = try scanner.jsonText()
    guard let scalar = SafetensorsHeader.scalars.first(where: { $0.code == code })?.scalar else {
      throw scanner.error(
        "tensor \(name.quoted) has the unknown element type \(code.quoted)", kind: .unsupported,
        remedy: "save it as F32 or F64")
    }
    return scalar
  }

  private mutating func numbers(atMost limit: Int) throws(FormatError) -> [Int] {
    var numbers = [Int]()
    try scanner.expect("[")
    guard !scanner.skip("]") else { return [] }
    repeat {
      numbers.append(try scanner.naturalNumber())
      guard numbers.count <= limit else { throw scanner.error("more than \(limit) numbers") }
    } while scanner.skip(",")
    try scanner.expect("]")
    return numbers
  }
}
