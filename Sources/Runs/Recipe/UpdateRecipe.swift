import Lifted

/// A weight update as a recipe states it: `{rule: adam, stepSize: 0.001}`.
struct UpdateRecipe: Sendable {
  /// Every rule there is.
  static let rules: [any UpdateRule.Type] = [
    GradientRule.self,
    MomentumRule.self,
    AdamRule.self,
    ImplicitRule.self,
    CovarianceRule.self,
  ]

  /// The rule with its parameters.
  let rule: any UpdateRule

  /// The update.
  /// - Throws: `SolverError` for a parameter out of range.
  func make() throws(SolverError) -> any WeightUpdate { try rule.make() }

  /// A few words for tables.
  var name: String { rule.name }
}

/// A rule of an update; one file for each, named in ``UpdateRecipe``'s list of rules.
///
/// Reads its own keys, makes the update of the library, and writes every key it has.
protocol UpdateRule: Sendable, Equatable {
  /// The word after `rule:`.
  static var word: String { get }
  /// A few words for tables.
  var name: String { get }

  /// Reads the keys of this rule.
  init(_ reader: inout StrictReader) throws
  /// Writes them.
  func write(to writer: inout RecipeWriter) throws
  /// The update.
  func make() throws(SolverError) -> any WeightUpdate
}

extension UpdateRule {
  func equals(_ other: any UpdateRule) -> Bool { self == other as? Self }
}

extension UpdateRecipe: Equatable {
  static func == (a: UpdateRecipe, b: UpdateRecipe) -> Bool { a.rule.equals(b.rule) }
}

extension UpdateRecipe: Codable {
  init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    let words = Self.rules.map { $0.word }
    guard let word: String = try reader.optional("rule") else {
      throw reader.error(
        "rule", "this key is missing; one of: \(words.joined(separator: ", "))")
    }
    guard let type = Self.rules.first(where: { $0.word == word }) else {
      throw reader.error(
        "rule", "'\(word)' is not known\(StrictReader.suggestion(for: word, among: words))")
    }
    rule = try type.init(&reader)
    try reader.finish()
    let update = self
    _ = try reader.checked { try update.make() }
  }

  func encode(to encoder: any Encoder) throws {
    var writer = RecipeWriter(encoder)
    try writer.write(type(of: rule).word, "rule")
    try rule.write(to: &writer)
  }
}

extension [UpdateRecipe] {
  /// The updates of a method's layers from its keys `update` and `updates`, of which one is given.
  init(one: UpdateRecipe?, many: [UpdateRecipe]?, _ reader: StrictReader) throws {
    guard let updates = one.map({ [$0] }) ?? many, one == nil || many == nil, !updates.isEmpty
    else {
      throw reader.error("update", "give either update, one for all layers, or updates, a list")
    }
    self = updates
  }

  /// Writes the one of the two keys that says it.
  func write(to writer: inout RecipeWriter) throws {
    if count == 1 {
      try writer.write(self[0], "update")
    } else {
      try writer.write(self, "updates")
    }
  }

  /// The updates of the library.
  func make() throws(SolverError) -> [any WeightUpdate] {
    var made: [any WeightUpdate] = []
    for update in self { made.append(try update.make()) }
    return made
  }

  /// Their names, equal neighbours once.
  var summary: String {
    let names = map(\.name).reduce(into: [String]()) { names, name in
      if names.last != name { names.append(name) }
    }
    return names.joined(separator: ", then ")
  }
}
