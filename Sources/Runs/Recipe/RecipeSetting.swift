import Yams

/// One `key.path=value` from the command line, laid over a recipe: `training.epochs=3`,
/// `methods[0].update.stepSize=0.01`.
struct RecipeSetting {
  private let path: [Substring]
  private let value: String
  private let text: String

  /// - Throws: ``RecipeError`` if there is no `=` or the path is empty.
  init(_ text: String) throws(RecipeError) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw RecipeError(
        source: "--set \(text)", problem: "write key.path=value, such as training.epochs=3")
    }
    path = parts[0].replacing("[", with: ".").replacing("]", with: "").split(separator: ".")
    value = String(parts[1])
    self.text = text
  }

  /// - Throws: ``RecipeError`` if the path leads through something that has no keys.
  func apply(to node: inout Node) throws(RecipeError) {
    let parsed: Node?
    do { parsed = try Yams.compose(yaml: value) } catch { throw problem("the value is not YAML") }
    try set(parsed ?? Node(""), at: path[...], in: &node)
  }

  private func set(
    _ value: Node, at path: ArraySlice<Substring>, in node: inout Node
  ) throws(RecipeError) {
    guard let key = path.first else {
      node = value
      return
    }
    switch node {
    case .sequence(var sequence):
      guard let index = Int(key), sequence.indices.contains(index) else {
        throw problem("there is no item '\(key)'; items count from 0 to \(sequence.count - 1)")
      }
      try set(value, at: path.dropFirst(), in: &sequence[index])
      node = .sequence(sequence)
    case .mapping(var mapping):
      var child = mapping[Node(String(key))] ?? .mapping(Node.Mapping([]))
      try set(value, at: path.dropFirst(), in: &child)
      mapping[Node(String(key))] = child
      node = .mapping(mapping)
    default:
      throw problem("'\(key)' leads into a value that has no keys")
    }
  }

  private func problem(_ sentence: String) -> RecipeError {
    RecipeError(source: "--set \(text)", problem: sentence)
  }
}
