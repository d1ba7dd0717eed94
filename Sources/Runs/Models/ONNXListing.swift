import Foundation
import Interchange
import Lifted

/// What is in an ONNX file, and what of it cannot be a network here.
public struct ONNXListing: Sendable {
  /// An operation that the output depends on.
  public struct Row: Sendable {
    /// Its place in the file, from 0.
    public let index: Int
    /// What it does, such as `Conv`.
    public let operation: String
    /// Its name; may be empty.
    public let name: String
    /// Extents of what it makes from one sample; `nil` if they are not known.
    public let output: [Int]?
    /// Numbers in its constants.
    public let parameters: Int
    /// Whether it is refused.
    public let isRefused: Bool
  }

  /// The program that wrote the file; empty if it does not say.
  public let producer: String
  /// The version of the operators.
  public let opset: Int
  /// Extents of a sample that goes in.
  public let input: [Int]
  /// The operations in their order.
  public let rows: [Row]
  /// One line for each operation that is refused, and for a graph that is no chain of layers; empty if
  /// ``TrainedModel`` opens the file.
  public let problems: [String]

  /// - Throws: `FormatError` for a file that is none, or of no known input.
  public init(_ url: URL) throws(FormatError) {
    let model = try ONNXModel.read(from: url)
    let graph = try ONNXGraph(model, file: url.relativePath)
    (producer, opset, input) = (model.producer, model.opset, graph.inputExtents)
    let counts = Dictionary(
      model.initialisers.map { ($0.name, $0.tensor.count) }, uniquingKeysWith: { first, _ in first }
    )
    var problems = [String]()
    rows = graph.entries.map { entry in
      let error: FormatError? = if case .failure(let error) = entry.role { error } else { nil }
      if let error, entry.extents == nil, !error.problem.hasSuffix(ONNXGraph.behind) {
        problems.append("\(error.problem); \(error.remedy)")
      }
      return Row(
        index: entry.index, operation: entry.node.operation, name: entry.node.name,
        output: entry.extents,
        parameters: entry.node.inputs.reduce(0) { $0 + (counts[$1] ?? 0) },
        isRefused: error != nil)
    }
    if problems.isEmpty {
      do { _ = try graph.network() } catch { problems = ["\(error.problem); \(error.remedy)"] }
    }
    self.problems = problems
  }
}
