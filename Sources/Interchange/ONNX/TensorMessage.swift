import Tensors

/// `TensorProto`: an array, its numbers as bytes or as numbers of the wire.
struct TensorMessage: ProtobufMessage {
  var name = ""
  private var shape = [Int64]()
  private var type: Int64 = 0
  private var raw: ArraySlice<UInt8>?
  private var reals = [UInt8]()
  private var doubles = [UInt8]()
  private var integers = [Int64]()
  private var otherFile: String?

  init() {}

  mutating func take(_ field: ProtobufField) throws(FormatError) {
    switch field.number {
    case 1:
      try field.append(to: &shape)
      guard shape.count <= Extents.mostAxes else {
        throw field.error(.tooLarge, "a tensor has more than \(Extents.mostAxes) axes")
      }
    case 2: type = try field.integer()
    case 4: try field.append(to: &reals)
    case 5, 7, 11: try field.append(to: &integers)
    case 8: name = try field.text()
    case 9: raw = try field.bytes()
    case 10: try field.append(to: &doubles)
    case 13:
      let entry: TextPairMessage = try field.message()
      if entry.key == "location" { otherFile = entry.value }
    case 14: if try field.integer() == 1 { otherFile = otherFile ?? "another file" }
    default: break
    }
  }

  /// The tensor under its name.
  /// - Throws: ``FormatError`` if its numbers are elsewhere, not of a known type, or not as many as the
  ///   shape asks for.
  func named(_ field: ProtobufField) throws(FormatError) -> NamedTensor {
    func problem(
      _ kind: FormatError.Kind, _ sentence: String, _ remedy: String? = nil
    ) -> FormatError {
      FormatError(
        kind, file: field.file, problem: "the tensor \(name.quoted) \(sentence)", remedy: remedy)
    }
    if let otherFile {
      throw problem(
        .unsupported, "has its numbers in \(otherFile.quoted)",
        "export the model into one file, as by external_data=False")
    }
    let extents = shape.map(Int.init(clamping:))
    guard let count = Extents.count(of: extents) else {
      throw problem(.corrupt, "has the impossible shape \(extents)")
    }
    guard let scalar = Self.scalars.first(where: { $0.code == type })?.scalar else {
      throw problem(
        .unsupported, "has the element type \(type), which is not read", "export it in float32")
    }
    let bytes = try payload(scalar, field)
    guard bytes.count == count * scalar.size else {
      throw problem(
        .corrupt, "of shape \(extents) needs \(count * scalar.size) bytes, not \(bytes.count)")
    }
    do { return NamedTensor(name, try scalar.decode(bytes, shape: extents)) } catch {
      throw problem(.corrupt, "is broken: \(error)")
    }
  }

  /// The numbers as they would stand in `raw_data`.
  private func payload(
    _ scalar: StoredScalar, _ field: ProtobufField
  ) throws(FormatError) -> ArraySlice<UInt8> {
    if let raw {
      guard reals.isEmpty, doubles.isEmpty, integers.isEmpty else {
        throw field.error(.corrupt, "the tensor \(name.quoted) has its numbers twice")
      }
      return raw
    }
    switch scalar {
    case .float32: return reals[...]
    case .float64: return doubles[...]
    default:
      // Halves stand among the integers by their bits, too.
      return integers.reduce(into: [UInt8]()) { bytes, number in
        for place in 0..<scalar.size {
          bytes.append(UInt8(truncatingIfNeeded: number >> (8 * place)))
        }
      }[...]
    }
  }

  /// The numbers that ONNX has for element types.
  private static let scalars: [(code: Int64, scalar: StoredScalar)] = [
    (1, .float32), (2, .uint8), (3, .int8), (4, .uint16), (5, .int16), (6, .int32), (7, .int64),
    (9, .bool), (10, .float16), (11, .float64), (12, .uint32), (13, .uint64), (16, .bfloat16),
  ]
}

/// `StringStringEntryProto`.
private struct TextPairMessage: ProtobufMessage {
  var key = ""
  var value = ""

  mutating func take(_ field: ProtobufField) throws(FormatError) {
    switch field.number {
    case 1: key = try field.text()
    case 2: value = try field.text()
    default: break
    }
  }
}
