import Interchange

extension ONNXModel {
  /// The operations, with activations that exporters write as several of them put together again:
  ///
  ///     x / (1 + |x|)                         Softsign
  ///     x > t ? x : softplus(x), t >= 15      Softplus, the same in single precision
  var nodesWithActivations: [ONNXNode] {
    let makers = Dictionary(
      nodes.enumerated().flatMap { place, node in node.outputs.map { ($0, place) } },
      uniquingKeysWith: { first, _ in first })
    func maker(of name: String, _ operation: String) -> ONNXNode? {
      makers[name].map { nodes[$0] }.flatMap { $0.operation == operation ? $0 : nil }
    }
    func number(_ name: String) -> Float? {
      let tensor =
        initialisers.first { $0.name == name }?.tensor
        ?? maker(of: name, "Constant").flatMap { node in
          if case .tensor(let tensor) = node["value"] { tensor } else { nil }
        }
      return tensor.flatMap { $0.count == 1 ? $0.real(Float.self).scalars[0] : nil }
    }
    func isSoftsign(_ node: ONNXNode) -> Bool {
      guard node.operation == "Div", node.inputs.count == 2,
        let sum = maker(of: node.inputs[1], "Add"), sum.inputs.count == 2
      else { return false }
      return [(0, 1), (1, 0)].contains { one, other in
        maker(of: sum.inputs[one], "Abs")?.inputs == [node.inputs[0]]
          && number(sum.inputs[other]) == 1
      }
    }
    func isSoftplus(_ node: ONNXNode) -> Bool {
      guard node.operation == "Where", node.inputs.count == 3,
        let test = maker(of: node.inputs[0], "Greater"), test.inputs.count == 2
      else { return false }
      return test.inputs[0] == node.inputs[1] && (number(test.inputs[1]) ?? 0) >= 15
        && maker(of: node.inputs[2], "Softplus")?.inputs == [node.inputs[1]]
    }
    return nodes.map { node in
      if isSoftsign(node) { return node.replaced(by: "Softsign", of: node.inputs[0]) }
      if isSoftplus(node) { return node.replaced(by: "Softplus", of: node.inputs[1]) }
      return node
    }
  }
}
