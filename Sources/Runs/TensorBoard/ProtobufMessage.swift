import Foundation

/// The bytes of a protocol buffers message, field after field: what the few messages of TensorBoard's
/// event format need. Format: protobuf.dev, "Encoding".
struct ProtobufMessage {
  private(set) var bytes = Data()

  private enum WireType: UInt64 {
    case varint = 0
    case eightBytes = 1
    case lengthDelimited = 2
    case fourBytes = 5
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func key(_ field: Int, _ type: WireType) {
    varint(UInt64(field) << 3 | type.rawValue)
  }

  private mutating func littleEndian(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// An `int32`, `int64` or enumeration; 0, the default, is left out.
  mutating func integer(_ field: Int, _ value: Int) {
    guard value != 0 else { return }
    key(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func double(_ field: Int, _ value: Double) {
    key(field, .eightBytes)
    littleEndian(value.bitPattern)
  }

  mutating func float(_ field: Int, _ value: Float) {
    key(field, .fourBytes)
    littleEndian(value.bitPattern)
  }

  mutating func bytes(_ field: Int, _ value: Data) {
    key(field, .lengthDelimited)
    varint(UInt64(value.count))
    bytes.append(value)
  }

  mutating func string(_ field: Int, _ value: String) { bytes(field, Data(value.utf8)) }

  mutating func message(_ field: Int, _ fill: (inout ProtobufMessage) -> Void) {
    var inner = ProtobufMessage()
    fill(&inner)
    bytes(field, inner.bytes)
  }
}
