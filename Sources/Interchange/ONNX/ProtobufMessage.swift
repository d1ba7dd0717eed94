/// A message that is read field by field; unknown fields are passed over.
protocol ProtobufMessage {
  init()
  /// Takes a field, or leaves it. `fields` reads its value by the type that is expected.
  mutating func take(_ field: ProtobufField) throws(FormatError)
}

/// A field of a message with the file it stands in, for what it may be read as.
struct ProtobufField {
  let number: Int
  private let value: ProtobufReader.Value
  private let offset: Int
  let file: String

  init(_ field: ProtobufReader.Field, file: String) {
    (number, value, offset, self.file) = (field.number, field.value, field.offset, file)
  }

  /// The most entries of a list of messages or texts: far above any honest model, and few enough that
  /// a file of empty ones cannot ask for much memory.
  static let mostEntries = 100_000

  /// A whole number. Negative ones are sign-extended to 64 bits on the wire.
  func integer() throws(FormatError) -> Int64 {
    guard case .varint(let word) = value else { throw mismatch() }
    return Int64(bitPattern: word)
  }

  func real() throws(FormatError) -> Float {
    guard case .fixed32(let word) = value else { throw mismatch() }
    return Float(bitPattern: word)
  }

  func bytes() throws(FormatError) -> ArraySlice<UInt8> {
    guard case .bytes(let bytes) = value else { throw mismatch() }
    return bytes
  }

  func text() throws(FormatError) -> String {
    guard let text = String(validating: try bytes(), as: UTF8.self) else {
      throw error(.corrupt, "a text is not UTF-8")
    }
    return text
  }

  /// A message within.
  func message<Message: ProtobufMessage>(
    _ type: Message.Type = Message.self
  ) throws(FormatError) -> Message {
    var message = Message()
    var reader = ProtobufReader(try bytes(), file: file)
    while let field = try reader.next() { try message.take(ProtobufField(field, file: file)) }
    return message
  }

  /// Appends one number, or those of a packed field.
  func append(to numbers: inout [Int64]) throws(FormatError) {
    switch value {
    case .varint(let word): numbers.append(Int64(bitPattern: word))
    case .bytes(let bytes):
      numbers += try ProtobufReader.varints(in: bytes, file: file).map { Int64(bitPattern: $0) }
    default: throw mismatch()
    }
  }

  /// Appends the bytes of one number of 4 or 8 bytes, or those of a packed field.
  func append(to words: inout [UInt8]) throws(FormatError) {
    switch value {
    case .fixed32(let word): words.append(littleEndian: word)
    case .fixed64(let word): words.append(littleEndian: word)
    case .bytes(let bytes): words += bytes
    default: throw mismatch()
    }
  }

  /// Appends an entry to a list that must stay of an honest length.
  func append<Entry>(_ entry: Entry, to list: inout [Entry]) throws(FormatError) {
    guard list.count < Self.mostEntries else {
      throw error(.tooLarge, "more than \(Self.mostEntries) entries in one list")
    }
    list.append(entry)
  }

  func error(_ kind: FormatError.Kind, _ problem: String) -> FormatError {
    FormatError(kind, file: file, offset: offset, problem: "no ONNX model: \(problem)")
  }

  private func mismatch() -> FormatError {
    error(.corrupt, "field \(number) is not of the type that it has in ONNX")
  }
}
