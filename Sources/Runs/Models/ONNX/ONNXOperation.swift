import Interchange
import Lifted
import Proximal
import Tensors

/// A node of an ONNX graph with what is known of its inputs, to be put in steps of a network.
struct ONNXOperation {
  let node: ONNXNode
  /// Its place in the graph, from 0.
  let index: Int
  /// Extents of what comes in and depends on the network's input, without the samples' axis.
  let extents: [Int]
  /// Constants by name.
  let constants: [String: AnyTensor]
  /// Lists of extents that the graph computes by itself, 0 for the number of samples.
  let sizes: [String: [Int]]
  let opset: Int
  let file: String

  /// The most numbers of a value.
  static let mostOutputs = 1 << 24

  /// What it does, and the extents of what goes out.
  typealias Result = (steps: [ModelStep], extents: [Int])

  /// The operation in steps.
  /// - Throws: ``FormatError`` for what is no layer of a network here, with the reason.
  func result() throws(FormatError) -> Result {
    guard node.domain.isEmpty else {
      throw refused("is of the domain '\(node.domain)'", Self.elsewhere)
    }
    var result = try product()
    if result == nil { result = try mean() }
    if result == nil { result = try scaling() }
    if result == nil { result = try activation() }
    if result == nil { result = try form() }
    guard let result else {
      let refusal = ONNXRefusal.of(node.operation)
      throw refused(refusal.reason, refusal.remedy)
    }
    guard let count = Self.count(of: result.extents), count <= Self.mostOutputs else {
      throw refused("makes values of \(result.extents), which is too large", "make it smaller")
    }
    return result
  }

  /// The product of extents; `nil` for one below 1 or a product that is too large to count.
  static func count(of extents: [Int]) -> Int? {
    extents.reduce(1 as Int?) { product, extent in
      guard let product, extent >= 1 else { return nil }
      let (next, overflows) = product.multipliedReportingOverflow(by: extent)
      return overflows ? nil : next
    }
  }

  static let elsewhere = "see the table of operations in Bring your own network"

  /// Numbers of a sample that come in.
  var count: Int { extents.reduce(1, *) }

  /// What comes in as an image.
  /// - Throws: ``FormatError`` if it is none.
  func image() throws(FormatError) -> ImageShape {
    guard extents.count == 3 else {
      throw refused(
        "takes images of channels x height x width, but \(Self.text(extents)) comes in",
        "one-dimensional and three-dimensional ones are not supported")
    }
    return try checked { () throws(ShapeError) in
      try ImageShape(channels: extents[0], height: extents[1], width: extents[2])
    }
  }

  /// An input that is a constant; `nil` if it is left out.
  /// - Throws: ``FormatError`` if it depends on the network's input, or a number is not finite.
  func constant(_ place: Int, _ what: String) throws(FormatError) -> Tensor<Float>? {
    guard place < node.inputs.count, !node.inputs[place].isEmpty else { return nil }
    let name = node.inputs[place]
    guard let tensor = constants[name] else {
      throw refused(
        "takes its \(what) from what goes in; that is not a network of layers",
        "export the network with its trained weights as constants")
    }
    let numbers = tensor.real(Float.self)
    guard numbers.isFinite else {
      throw FormatError(
        .corrupt, file: file,
        problem:
          "\(node.label(at: index)) has numbers in its \(what) '\(name)' that are not finite",
        remedy: "give a model whose training has not diverged")
    }
    return numbers
  }

  /// The same where it must be there.
  func requiredConstant(_ place: Int, _ what: String) throws(FormatError) -> Tensor<Float> {
    if let tensor = try constant(place, what) { return tensor }
    throw broken("lacks its \(what)")
  }

  /// A whole number among the attributes.
  func integer(_ name: String, default value: Int) throws(FormatError) -> Int {
    switch node[name] {
    case .integer(let value): return value
    case nil: return value
    default: throw broken("has an attribute '\(name)' that is no whole number")
    }
  }

  /// A number among the attributes.
  func real(_ name: String, default value: Float) throws(FormatError) -> Double {
    // Attributes are in single precision; 0.01 is meant by the float next to it.
    switch node[name] {
    case .real(let value): return Double("\(value)") ?? Double(value)
    case nil: return Double("\(value)") ?? Double(value)
    default: throw broken("has an attribute '\(name)' that is no number")
    }
  }

  /// Whole numbers among the attributes; `nil` if they are left out.
  func integers(_ name: String) throws(FormatError) -> [Int]? {
    switch node[name] {
    case .integers(let values): return values
    case nil: return nil
    default: throw broken("has an attribute '\(name)' that is no list of whole numbers")
    }
  }

  /// Whole numbers in an input or, in older files, an attribute; `nil` if they are left out.
  func list(_ place: Int, _ name: String) throws(FormatError) -> [Int]? {
    guard place < node.inputs.count, !node.inputs[place].isEmpty else {
      return try integers(name)
    }
    if let sizes = sizes[node.inputs[place]] { return sizes }
    guard case .int64(let tensor) = constants[node.inputs[place]] else {
      throw refused("takes its \(name) from what goes in", "export it with fixed extents")
    }
    return tensor.scalars.map(Int.init(clamping:))
  }

  /// What is not supported here.
  func refused(_ reason: String, _ remedy: String) -> FormatError {
    FormatError(
      .unsupported, file: file, problem: "\(node.label(at: index)) \(reason)", remedy: remedy)
  }

  /// What is no valid node.
  func broken(_ reason: String) -> FormatError {
    FormatError(.corrupt, file: file, problem: "\(node.label(at: index)) \(reason)")
  }

  /// Says of which node a problem of the mathematics is.
  func checked<T, Problem: Error>(_ body: () throws(Problem) -> T) throws(FormatError) -> T {
    do { return try body() } catch {
      throw refused("cannot be a layer: \(error)", "change it there and export again")
    }
  }

  static func text(_ extents: [Int]) -> String {
    extents.isEmpty ? "a number" : extents.map(String.init).joined(separator: " x ")
  }
}
