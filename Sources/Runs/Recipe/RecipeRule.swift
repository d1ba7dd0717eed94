import Lifted

/// What a word in a recipe chooses: a kind of method, a solver, an update. One file for each, named in
/// the list of its family.
///
/// Reads its own keys and writes every key it has, so that a resolved recipe reads back as itself.
protocol RecipeRule: Sendable, Equatable {
  /// The word that chooses it.
  static var word: String { get }
  /// Reads the keys of this rule.
  init(_ reader: inout StrictReader) throws
  /// Writes them.
  func write(to writer: inout RecipeWriter) throws
}

extension RecipeRule {
  func equals(_ other: any RecipeRule) -> Bool { self == other as? Self }
}

/// A rule of a family with its parameters: `{rule: adam, stepSize: 0.001}`.
protocol RuleRecipe: Sendable, Equatable, Codable {
  /// What the family makes: `any WeightUpdate`.
  associatedtype Made
  /// The rule, read or to be written.
  var anyRule: any RecipeRule { get }
  /// Reads the word after `rule:` and the keys of that rule.
  init(_ reader: inout StrictReader) throws
  /// What the library has for it.
  /// - Throws: `SolverError` for a parameter out of range.
  func make() throws(SolverError) -> Made
}

extension RuleRecipe {
  static func == (a: Self, b: Self) -> Bool { a.anyRule.equals(b.anyRule) }

  init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    try self.init(&reader)
    try reader.finish()
    let recipe = self
    _ = try reader.checked { try recipe.make() }
  }

  func encode(to encoder: any Encoder) throws {
    var writer = RecipeWriter(encoder)
    try writer.write(type(of: anyRule).word, "rule")
    try anyRule.write(to: &writer)
  }
}

/// Writes the keys of a group of a recipe.
struct RecipeWriter {
  private var container: KeyedEncodingContainer<StrictReader.Key>

  init(_ encoder: any Encoder) { container = encoder.container(keyedBy: StrictReader.Key.self) }

  /// Writes one key.
  mutating func write(_ value: some Encodable, _ key: String) throws {
    try container.encode(value, forKey: .init(stringValue: key))
  }
}
