import Lifted

/// A weight update as a recipe states it: `{rule: adam, stepSize: 0.001}`.
struct UpdateRecipe: RuleRecipe {
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
  var anyRule: any RecipeRule { rule }

  init(_ reader: inout StrictReader) throws {
    rule = try Self.rules[reader.word("rule", among: Self.rules.map { $0.word })].init(&reader)
  }

  func make() throws(SolverError) -> any WeightUpdate { try rule.make() }

  /// A few words for tables.
  var name: String { rule.name }
}

/// A rule of an update.
protocol UpdateRule: RecipeRule {
  /// A few words for tables.
  var name: String { get }
  /// The update.
  func make() throws(SolverError) -> any WeightUpdate
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
