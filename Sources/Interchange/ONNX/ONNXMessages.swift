/// `ModelProto`: the graph and the versions.
struct ModelMessage: ProtobufMessage {
  var graph: GraphMessage?
  var producer = ""
  var opset = 0

  mutating func take(_ field: ProtobufField) throws(FormatError) {
    switch field.number {
    case 2: producer = try field.text() + producer
    case 3:
      let version = try field.text()
      if !version.isEmpty { producer += " \(version)" }
    case 7:
      guard graph == nil else { throw field.error(.corrupt, "there are two graphs") }
      graph = try field.message()
    case 8:
      let operators: OperatorsMessage = try field.message()
      if operators.isStandard { opset = operators.version }
    default: break
    }
  }
}

/// `OperatorSetIdProto`.
private struct OperatorsMessage: ProtobufMessage {
  var isStandard = true
  var version = 0

  mutating func take(_ field: ProtobufField) throws(FormatError) {
    switch field.number {
    case 1: isStandard = ["", "ai.onnx"].contains(try field.text())
    case 2: version = Int(clamping: try field.integer())
    default: break
    }
  }
}

/// `GraphProto`.
struct GraphMessage: ProtobufMessage {
  var model = ONNXModel()

  mutating func take(_ field: ProtobufField) throws(FormatError) {
    switch field.number {
    case 1: try field.append(field.message(NodeMessage.self).node, to: &model.nodes)
    case 2: model.name = try field.text()
    case 5:
      try field.append(field.message(TensorMessage.self).named(field), to: &model.initialisers)
    case 11: try field.append(field.message(ValueMessage.self).value, to: &model.inputs)
    case 12: try field.append(field.message(ValueMessage.self).value, to: &model.outputs)
    case 15:
      throw field.error(.unsupported, "it has sparse constants, which are not read")
    default: break
    }
  }
}

/// `NodeProto`.
private struct NodeMessage: ProtobufMessage {
  var node = ONNXNode()

  mutating func take(_ field: ProtobufField) throws(FormatError) {
    switch field.number {
    case 1: try field.append(field.text(), to: &node.inputs)
    case 2: try field.append(field.text(), to: &node.outputs)
    case 3: node.name = try field.text()
    case 4: node.operation = try field.text()
    case 5:
      let attribute = try field.message(AttributeMessage.self).attribute
      guard node[attribute.name] == nil else {
        throw field.error(.corrupt, "an operation has two attributes \(attribute.name.quoted)")
      }
      try field.append(attribute, to: &node.attributes)
    case 7:
      let domain = try field.text()
      node.domain = domain == "ai.onnx" ? "" : domain
    default: break
    }
  }
}

/// `AttributeProto`. Which of its values counts is said by its type; older files leave that out.
private struct AttributeMessage: ProtobufMessage {
  var name = ""
  var type: Int64 = 0
  var single: ONNXAttribute.Value?
  var reals = [UInt8]()
  var integers = [Int64]()
  var texts = [String]()

  mutating func take(_ field: ProtobufField) throws(FormatError) {
    switch field.number {
    case 1: name = try field.text()
    case 2: single = .real(try field.real())
    case 3: single = .integer(Int(clamping: try field.integer()))
    case 4: single = .text(String(decoding: try field.bytes(), as: UTF8.self))
    case 5: single = .tensor(try field.message(TensorMessage.self).named(field).tensor)
    case 7: try field.append(to: &reals)
    case 8: try field.append(to: &integers)
    case 9: try field.append(String(decoding: field.bytes(), as: UTF8.self), to: &texts)
    case 20: type = try field.integer()
    case 6, 10, 11, 14, 15, 21, 22, 23: single = .other
    default: break
    }
  }

  var attribute: ONNXAttribute { ONNXAttribute(name: name, value: value) }

  private var value: ONNXAttribute.Value {
    // A number that is 0 may be left out.
    switch type {
    case 1: if case .real = single ?? .other { break } else { return .real(0) }
    case 2: if case .integer = single ?? .other { break } else { return .integer(0) }
    case 3: if case .text = single ?? .other { break } else { return .text("") }
    case 6: return .reals(floats)
    case 7: return .integers(integers.map(Int.init(clamping:)))
    case 8: return .texts(texts)
    default: break
    }
    if let single { return single }
    if !reals.isEmpty { return .reals(floats) }
    if !integers.isEmpty { return .integers(integers.map(Int.init(clamping:))) }
    return texts.isEmpty ? .other : .texts(texts)
  }

  private var floats: [Float] {
    stride(from: 0, to: reals.count - 3, by: 4).map { start in
      Float(bitPattern: reals[start..<(start + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
  }
}

/// `ValueInfoProto` with the `TypeProto` in it.
private struct ValueMessage: ProtobufMessage {
  var value = ONNXValue()

  mutating func take(_ field: ProtobufField) throws(FormatError) {
    switch field.number {
    case 1: value.name = try field.text()
    case 2: value.shape = try field.message(TypeMessage.self).shape
    default: break
    }
  }
}

/// `TypeProto`: of a tensor, the others have no shape.
private struct TypeMessage: ProtobufMessage {
  var shape: [Int?]?

  mutating func take(_ field: ProtobufField) throws(FormatError) {
    if field.number == 1 { shape = try field.message(TensorTypeMessage.self).shape }
  }
}

/// `TypeProto.Tensor`.
private struct TensorTypeMessage: ProtobufMessage {
  var shape: [Int?]?

  mutating func take(_ field: ProtobufField) throws(FormatError) {
    if field.number == 2 { shape = try field.message(ShapeMessage.self).extents }
  }
}

/// `TensorShapeProto`.
private struct ShapeMessage: ProtobufMessage {
  var extents = [Int?]()

  mutating func take(_ field: ProtobufField) throws(FormatError) {
    guard field.number == 1 else { return }
    try field.append(field.message(ExtentMessage.self).extent, to: &extents)
    guard extents.count <= Extents.mostAxes else {
      throw field.error(.tooLarge, "a shape has more than \(Extents.mostAxes) axes")
    }
  }
}

/// `TensorShapeProto.Dimension`: a number, a name or nothing.
private struct ExtentMessage: ProtobufMessage {
  var extent: Int?

  mutating func take(_ field: ProtobufField) throws(FormatError) {
    guard field.number == 1 else { return }
    extent = Int(clamping: try field.integer())
    if let extent, extent < 0 { throw field.error(.corrupt, "an extent is \(extent)") }
  }
}
