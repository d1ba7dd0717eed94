/// Reads one message of Protocol Buffers, field by field, from a range of a file's bytes.
///
/// A field is a key, `number << 3 | wire type`, and a value. Every length is held against the bytes of the
/// message; nothing is copied. A message within is read by a reader of its own, so that the depth of
/// nesting is that of the code. Source: protobuf.dev, "Encoding".
struct ProtobufReader {
  /// A value as it stands on the wire.
  enum Value {
    case varint(UInt64)
    case fixed32(UInt32)
    case fixed64(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  /// A value with the number of its field.
  struct Field {
    let number: Int
    let value: Value
    /// Where it begins in the file.
    let offset: Int
  }

  private let bytes: ArraySlice<UInt8>
  private let file: String
  private var place: Int

  /// A reader of a whole message. Offsets in errors are those of the slice.
  init(_ bytes: ArraySlice<UInt8>, file: String) {
    (self.bytes, self.file, place) = (bytes, file, bytes.startIndex)
  }

  /// The next field; `nil` at the end of the message.
  mutating func next() throws(FormatError) -> Field? {
    guard place < bytes.endIndex else { return nil }
    let start = place
    let key = try varint()
    let number = Int(truncatingIfNeeded: key >> 3)
    guard (1..<1 << 29).contains(number) else {
      throw error(.corrupt, "a field has the impossible number \(key >> 3)", at: start)
    }
    return Field(number: number, value: try value(type: key & 7, at: start), offset: start)
  }

  private mutating func value(type: UInt64, at start: Int) throws(FormatError) -> Value {
    switch type {
    case 0: return .varint(try varint())
    case 1: return .fixed64(try word(8))
    case 2:
      let length = try varint()
      guard length <= bytes.endIndex - place else {
        throw error(
          .truncated,
          "a field of \(length) bytes does not fit in the \(bytes.endIndex - place) left")
      }
      defer { place += Int(length) }
      return .bytes(bytes[place..<(place + Int(length))])
    case 5: return .fixed32(UInt32(truncatingIfNeeded: try word(4)))
    default: throw error(.corrupt, "a field has the unknown wire type \(type)", at: start)
    }
  }

  private mutating func word(_ size: Int) throws(FormatError) -> UInt64 {
    guard bytes.endIndex - place >= size else {
      throw error(.truncated, "a number of \(size) bytes is cut off")
    }
    defer { place += size }
    return bytes[place..<(place + size)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Seven bits a byte, least significant first, at most ten bytes.
  private mutating func varint() throws(FormatError) -> UInt64 {
    var (result, shift) = (UInt64(0), UInt64(0))
    while place < bytes.endIndex {
      let byte = bytes[place]
      place += 1
      guard shift < 63 || byte <= 1 else {
        throw error(.corrupt, "a number has more than 64 bits")
      }
      result |= UInt64(byte & 0x7F) << shift
      guard byte >= 0x80 else { return result }
      shift += 7
    }
    throw error(.truncated, "a number is cut off")
  }

  /// All numbers of a packed field.
  static func varints(
    in bytes: ArraySlice<UInt8>, file: String
  ) throws(FormatError) -> [UInt64] {
    var reader = ProtobufReader(bytes, file: file)
    var numbers = [UInt64]()
    while reader.place < bytes.endIndex { numbers.append(try reader.varint()) }
    return numbers
  }

  /// An error at the present place, or at `place`.
  func error(_ kind: FormatError.Kind, _ problem: String, at place: Int? = nil) -> FormatError {
    FormatError(kind, file: file, offset: place ?? self.place, problem: "no ONNX model: \(problem)")
  }
}
