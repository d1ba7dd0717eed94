/// An ONNX file in the making, byte by byte as its format says, so that it can be wrong.
struct WireModel {
  var nodes = [[UInt8]]()
  var constants = [[UInt8]]()
  var inputs = [WireModel.value("x", [nil, 4])]
  var outputs = [WireModel.value("y", nil)]
  var opset = 17
  /// Fields that follow in the graph.
  var more = [UInt8]()

  var bytes: [UInt8] {
    let graph =
      nodes.flatMap { Self.field(1, $0) } + constants.flatMap { Self.field(5, $0) }
      + inputs.flatMap { Self.field(11, $0) } + outputs.flatMap { Self.field(12, $0) } + more
    return Self.field(1, 8) + Self.field(7, graph)
      + Self.field(8, Self.field(1, []) + Self.field(2, opset))
  }

  static func varint(_ number: UInt64) -> [UInt8] {
    number < 0x80
      ? [UInt8(number)] : [UInt8(truncatingIfNeeded: number) | 0x80] + varint(number >> 7)
  }

  static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(UInt64(number << 3 | 2)) + varint(UInt64(bytes.count)) + bytes
  }

  static func field(_ number: Int, _ value: Int) -> [UInt8] {
    varint(UInt64(number << 3)) + varint(UInt64(bitPattern: Int64(value)))
  }

  static func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

  /// A tensor in raw bytes, of the type `float` unless said.
  static func tensor(
    _ name: String, _ shape: [Int], _ numbers: [Float], type: Int = 1, more: [UInt8] = []
  ) -> [UInt8] {
    let raw = numbers.flatMap { number in
      (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
    }
    return shape.flatMap { field(1, $0) } + field(2, type) + field(8, name) + field(9, raw) + more
  }

  /// Numbers that are 1.
  static func ones(_ name: String, _ shape: [Int]) -> [UInt8] {
    tensor(name, shape, [Float](repeating: 1, count: shape.reduce(1, *)))
  }

  static func value(_ name: String, _ shape: [Int?]?) -> [UInt8] {
    guard let shape else { return field(1, name) }
    let extents = shape.flatMap { field(1, $0.map { field(1, $0) } ?? field(2, "n")) }
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, extents)))
  }

  static func node(
    _ operation: String, _ inputs: String, _ outputs: String = "y", named name: String = "",
    _ attributes: (String, Int)...
  ) -> [UInt8] {
    let words = { (text: String) in text.split(separator: " ").map(String.init) }
    return words(inputs).flatMap { field(1, $0 == "-" ? "" : $0) }
      + words(outputs).flatMap { field(2, $0) } + field(3, name) + field(4, operation)
      + attributes.flatMap { field(5, field(1, $0.0) + field(3, $0.1) + field(20, 2)) }
  }

  /// One operation on `x` of four numbers.
  init(
    _ nodes: [UInt8]..., constants: [[UInt8]] = [], input: [Int?] = [nil, 4]
  ) {
    (self.nodes, self.constants) = (nodes, constants)
    inputs = [Self.value("x", input)]
  }
}
