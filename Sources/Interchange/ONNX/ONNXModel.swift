import Foundation
import Tensors

/// A trained model in the ONNX format: a graph of operations and the numbers in it.
///
/// Read are the parts that say what is computed; documentation, training graphs and unknown fields are passed
/// over. That the graph means something is checked as far as the file itself can tell: every value is made
/// once and before it is used. What its operations are is for others to judge.
/// Source: the format's specification, github.com/onnx/onnx, `onnx.proto`.
public struct ONNXModel: Sendable, Equatable {
  /// The graph's name.
  public internal(set) var name = ""
  /// The program that wrote it, and its version.
  public internal(set) var producer = ""
  /// The version of the operators, `ai.onnx`.
  public internal(set) var opset = 0
  /// The operations, each after those whose results it takes.
  public internal(set) var nodes = [ONNXNode]()
  /// The constants by name.
  public internal(set) var initialisers = [NamedTensor]()
  /// What goes in, constants left out.
  public internal(set) var inputs = [ONNXValue]()
  /// What comes out.
  public internal(set) var outputs = [ONNXValue]()

  init() {}

  /// Reads a file. Cost: two copies of the file beside the result.
  /// - Throws: ``FormatError``.
  public static func read(from url: URL) throws(FormatError) -> ONNXModel {
    try ONNXModel(bytes: FileBytes.read(url), name: url.path)
  }

  /// Reads a file held in memory; `name` stands for its path in errors.
  ///
  /// Refused: what is no such file, has its weights in another one, or contradicts itself.
  /// - Throws: ``FormatError``.
  public init(bytes: [UInt8], name: String) throws(FormatError) {
    var (message, reader) = (ModelMessage(), ProtobufReader(bytes[...], file: name))
    while let field = try reader.next() {
      try message.take(ProtobufField(field, file: name))
    }
    guard let graph = message.graph else {
      throw FormatError(
        .corrupt, file: name, problem: "no ONNX model: it has no graph",
        remedy: "give a file that torch.onnx.export or the like has written")
    }
    self = graph.model
    producer = message.producer
    opset = message.opset
    try check(file: name)
  }

  /// Every value is made once, and before it is used.
  private mutating func check(file: String) throws(FormatError) {
    func broken(_ problem: String) -> FormatError {
      FormatError(.corrupt, file: file, problem: problem)
    }
    var known = Set<String>()
    for tensor in initialisers where !known.insert(tensor.name).inserted {
      throw broken("two constants are called \(tensor.name.quoted)")
    }
    // Older files list their constants among the inputs.
    inputs.removeAll { known.contains($0.name) }
    for input in inputs where !known.insert(input.name).inserted {
      throw broken("two inputs are called \(input.name.quoted)")
    }
    for (index, node) in nodes.enumerated() {
      let label = node.label(at: index)
      for input in node.inputs where !input.isEmpty && !known.contains(input) {
        throw broken("\(label) uses \(input.quoted), which nothing before it makes")
      }
      for output in node.outputs where !output.isEmpty && !known.insert(output).inserted {
        throw broken("\(label) makes \(output.quoted), which is there already")
      }
    }
    for output in outputs where !known.contains(output.name) {
      throw broken("the output \(output.name.quoted) is made by nothing")
    }
  }
}

/// An operation of an ``ONNXModel``.
public struct ONNXNode: Sendable, Equatable {
  /// What it does, such as `Conv`.
  public internal(set) var operation = ""
  /// Its name; may be empty.
  public internal(set) var name = ""
  /// Whose operation it is; empty for the standard ones.
  public internal(set) var domain = ""
  /// Names of what it takes, empty for an input that is left out.
  public internal(set) var inputs = [String]()
  /// Names of what it makes.
  public internal(set) var outputs = [String]()
  /// Its constants.
  public internal(set) var attributes = [ONNXAttribute]()

  init() {}

  /// An attribute by its name.
  public subscript(name: String) -> ONNXAttribute.Value? {
    attributes.first { $0.name == name }?.value
  }

  /// Another operation of one value in its place, without attributes.
  public func replaced(by operation: String, of input: String) -> ONNXNode {
    var node = self
    (node.operation, node.inputs, node.attributes) = (operation, [input], [])
    return node
  }

  /// What it is called in errors: operation, name, and its place from 0.
  public func label(at index: Int) -> String {
    name.isEmpty
      ? "node \(index), \(operation.quoted),"
      : "node \(index), \(operation.quoted), called \(name.quoted),"
  }
}

/// A constant of an ``ONNXNode``.
public struct ONNXAttribute: Sendable, Equatable {
  /// Kinds of constants.
  public enum Value: Sendable, Equatable {
    case integer(Int)
    case real(Float)
    case text(String)
    case tensor(AnyTensor)
    case integers([Int])
    case reals([Float])
    case texts([String])
    /// One of the others: graphs, types, sparse tensors.
    case other
  }

  /// Its name.
  public let name: String
  /// Its value.
  public let value: Value
}

/// What goes in or comes out of an ``ONNXModel``.
public struct ONNXValue: Sendable, Equatable {
  /// Its name.
  public internal(set) var name = ""
  /// Extents, outermost first, `nil` for one that is not fixed; `nil` altogether if the rank is not known.
  public internal(set) var shape: [Int?]?

  init() {}
}
