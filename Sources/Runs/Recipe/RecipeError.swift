/// What is wrong with a recipe: where, what, and how to mend it, in one line.
public struct RecipeError: Error, Equatable, CustomStringConvertible {
  /// The file or the name of the recipe.
  public let source: String
  /// The key, such as `methods[0].update.stepSize`; empty for the whole.
  public let key: String
  /// What is wrong and how to mend it, in one sentence.
  public let problem: String

  /// An error at a key, or in the whole.
  public init(source: String, key: String = "", problem: String) {
    (self.source, self.key, self.problem) = (source, key, problem)
  }

  public var description: String {
    key.isEmpty ? "\(source): \(problem)" : "\(source): \(key): \(problem)"
  }
}

extension RecipeError {
  /// A decoding error in the words of a recipe.
  init(_ error: any Error, source: String) {
    switch error {
    case let error as RecipeError:
      self = error
    case DecodingError.dataCorrupted(let context):
      self.init(
        source: source, key: Self.path(context.codingPath), problem: context.debugDescription)
    case DecodingError.typeMismatch(let type, let context),
      DecodingError.valueNotFound(let type, let context):
      self.init(
        source: source, key: Self.path(context.codingPath),
        problem: "expected \(Self.name(of: type))")
    case DecodingError.keyNotFound(let key, let context):
      self.init(
        source: source, key: Self.path(context.codingPath + [key]), problem: "this key is missing")
    default:
      // A parser's message has lines, and ends with the text at fault, which can be long.
      let line = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
      self.init(source: source, problem: String(line.prefix(200)))
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.reduce("") { path, key in
      if let index = key.intValue { return "\(path)[\(index)]" }
      return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
    }
  }

  private static func name(of type: Any.Type) -> String {
    switch type {
    case is Int.Type, is UInt64.Type: "a whole number"
    case is Double.Type: "a number"
    case is Bool.Type: "true or false"
    case is String.Type: "a text"
    case is [Any].Type: "a list"
    default: "a group of keys"
    }
  }
}
