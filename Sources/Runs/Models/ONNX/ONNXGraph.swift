import Interchange
import Lifted
import Tensors

/// The graph of an ONNX model, each operation put in steps of a network or refused.
///
/// Only operations count that the output depends on. Those on constants and on extents are computed.
struct ONNXGraph {
  /// An operation that depends on the network's input.
  struct Entry {
    let node: ONNXNode
    let index: Int
    /// What it does; the error if it is refused.
    let role: Result<Role, FormatError>
    /// Extents of what goes out, without the samples' axis; `nil` if they are not known.
    let extents: [Int]?
  }

  /// What an operation is in a network.
  enum Role {
    /// Steps of a chain.
    case steps([ModelStep])
    /// The sum of two values that depend on the input.
    case sum
  }

  let model: ONNXModel
  let file: String
  /// Extents of the input, without the samples' axis.
  let inputExtents: [Int]
  /// The operations in their order.
  private(set) var entries: [Entry] = []
  /// Constants, those computed from others too.
  private var constants: [String: AnyTensor]
  private var sizes: [String: [Int]] = [:]
  private var extents: [String: [Int]?] = [:]

  /// Why an operation is refused of which nothing else is known.
  static let behind = "stands behind an operation that is not supported"

  var input: String { model.inputs[0].name }
  var output: String { model.outputs[0].name }

  /// - Throws: ``FormatError`` unless the model has one input of known extents and one output.
  init(_ model: ONNXModel, file: String) throws(FormatError) {
    (self.model, self.file) = (model, file)
    constants = Dictionary(
      model.initialisers.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    inputExtents = try model.sampleExtents(file: file)
    extents[model.inputs[0].name] = inputExtents
    let nodes = model.nodesWithActivations
    let wanted = model.places(in: nodes)
    for (index, node) in nodes.enumerated() where wanted.contains(index) {
      try take(node, at: index)
    }
    try checkOutput()
  }

  private mutating func take(_ node: ONNXNode, at index: Int) throws(FormatError) {
    let inputs = node.inputs.filter { !$0.isEmpty }
    let data = inputs.filter { extents[$0] != nil }
    guard let first = data.first, let output = node.outputs.first else {
      return try compute(node, at: index)
    }
    if node.operation == "Shape" {
      guard node["start"] == nil, node["end"] == nil else {
        throw operation(node, index, []).refused("takes a part of a shape", "use Gather")
      }
      if let known = extents[first] ?? nil { sizes[output] = [0] + known }
      return
    }
    let (role, found) = read(node, at: index, of: data)
    extents[output] = .some(found ?? model.declared(output))
    entries.append(Entry(node: node, index: index, role: role, extents: found))
  }

  /// An operation on values that depend on the input.
  private func read(
    _ node: ONNXNode, at index: Int, of data: [String]
  ) -> (Result<Role, FormatError>, [Int]?) {
    guard let first = data.first, let known = extents[first] ?? nil else {
      return (.failure(operation(node, index, []).refused(Self.behind, "see there")), nil)
    }
    do throws(FormatError) {
      if node.operation == "Add", data.count == 2 {
        guard extents[data[1]] == known else {
          throw operation(node, index, known).refused(
            "adds values of different extents", "make them the same")
        }
        return (.success(.sum), known)
      }
      let result = try operation(node, index, known).result()
      return (.success(.steps(result.steps)), result.extents)
    } catch {
      return (.failure(error), nil)
    }
  }

  private func operation(_ node: ONNXNode, _ index: Int, _ extents: [Int]) -> ONNXOperation {
    ONNXOperation(
      node: node, index: index, extents: extents, constants: constants, sizes: sizes,
      opset: model.opset, file: file)
  }

  /// An operation on constants and extents alone.
  private mutating func compute(_ node: ONNXNode, at index: Int) throws(FormatError) {
    let operation = operation(node, index, [])
    guard let output = node.outputs.first else { throw operation.broken("makes nothing") }
    if let numbers = try operation.computedSizes() {
      sizes[output] = numbers
    } else if let tensor = try operation.computedConstant() {
      constants[output] = tensor
    } else {
      throw operation.refused(
        "computes a constant from constants", "export the model with its constants folded")
    }
  }

  /// What the model says of its output against what was found.
  private func checkOutput() throws(FormatError) {
    guard let declared = model.declared(output), let found = extents[output] ?? nil,
      declared != found
    else { return }
    throw FormatError(
      .corrupt, file: file,
      problem: "the output should be \(ONNXOperation.text(declared)), but its operations make "
        + ONNXOperation.text(found))
  }
}

extension ONNXModel {
  /// Extents of a sample: those of the input after the first, which counts the samples.
  fileprivate func sampleExtents(file: String) throws(FormatError) -> [Int] {
    func problem(_ sentence: String, _ remedy: String) -> FormatError {
      FormatError(.unsupported, file: file, problem: sentence, remedy: remedy)
    }
    guard inputs.count == 1, outputs.count == 1 else {
      throw problem(
        "the model has \(inputs.count) inputs and \(outputs.count) outputs",
        "export a network with one of each")
    }
    guard opset >= 7 else {
      throw problem("the model is written in opset \(opset)", "export it in opset 9 or later")
    }
    guard let shape = inputs[0].shape, shape.count >= 2 else {
      throw problem(
        "the input '\(inputs[0].name)' has no known extents, or no axis for samples",
        "export the model for a batch of samples")
    }
    guard shape[0] == nil || shape[0] == 1 || shape[0] == 0 else {
      throw problem(
        "the input is a batch of \(shape[0] ?? 0)", "export it with a dynamic first axis, or with 1"
      )
    }
    let extents = shape.dropFirst().compactMap { $0 }
    guard extents.count == shape.count - 1, let count = ONNXOperation.count(of: extents),
      count <= ONNXOperation.mostOutputs
    else {
      throw problem(
        "the input '\(inputs[0].name)' has extents that are not fixed, or too large",
        "export the model with a fixed size of its samples")
    }
    return extents
  }

  /// Places of the operations that the output depends on.
  fileprivate func places(in nodes: [ONNXNode]) -> Set<Int> {
    var (needed, wanted) = (Set(outputs.map(\.name)), Set<Int>())
    for (index, node) in nodes.enumerated().reversed()
    where node.outputs.contains(where: needed.contains) {
      wanted.insert(index)
      needed.formUnion(node.inputs)
    }
    return wanted
  }

  /// What the model says of the output's extents, without the samples' axis.
  fileprivate func declared(_ name: String) -> [Int]? {
    guard let shape = outputs.first(where: { $0.name == name })?.shape, !shape.isEmpty else {
      return nil
    }
    let extents = shape.dropFirst().compactMap { $0 }
    return extents.count == shape.count - 1 ? extents : nil
  }
}
