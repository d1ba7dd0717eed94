import Lifted

/// How a variable moves, as a recipe states it: `{rule: mirror, steps: 3}`.
struct VariableSolverRecipe: Sendable {
  /// Every rule there is.
  static let rules: [any VariableRule.Type] = [
    ProximalGradientRule.self,
    AcceleratedGradientRule.self,
    RestartedNesterovRule.self,
    HeavyBallRule.self,
    InertialStepRule.self,
    BacktrackingRule.self,
    AdamStepRule.self,
    ConjugateGradientsRule.self,
    CoordinateDescentRule.self,
    MirrorStepRule.self,
    FixedPointRule.self,
  ]

  /// The rule with its parameters.
  let rule: any VariableRule
}

/// How weights move, as a recipe states it: `{rule: majorise, tau: 10}`.
struct ParameterSolverRecipe: Sendable {
  /// Every rule there is.
  static let rules: [any ParameterRule.Type] = [
    ProximalGradientRule.self,
    AcceleratedGradientRule.self,
    RestartedNesterovRule.self,
    HeavyBallRule.self,
    InertialStepRule.self,
    BacktrackingRule.self,
    AdamStepRule.self,
    ConjugateGradientsRule.self,
    MajoriseRule.self,
    AcceleratedMajoriseRule.self,
  ]

  /// The rule with its parameters.
  let rule: any ParameterRule
}

/// A solver with its parameters; one file for each.
protocol SolverRule: Sendable, Equatable {
  /// The word after `rule:`.
  static var word: String { get }
  /// Reads the keys of this rule.
  init(_ reader: inout StrictReader) throws
  /// Writes them.
  func write(to writer: inout RecipeWriter) throws
}

/// A solver for variables.
protocol VariableRule: SolverRule {
  func variableSolver() throws(SolverError) -> any VariableSolver
}

/// A solver for weights.
protocol ParameterRule: SolverRule {
  func parameterSolver() throws(SolverError) -> any ParameterSolver
}

extension SolverRule {
  func equals(_ other: any SolverRule) -> Bool { self == other as? Self }
}

extension VariableSolverRecipe: Equatable, Codable {
  static func == (a: Self, b: Self) -> Bool { a.rule.equals(b.rule) }

  init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    let words = Self.rules.map { $0.word }
    let index = try reader.word("rule", among: words)
    rule = try Self.rules[index].init(&reader)
    try reader.finish()
    let made = rule
    _ = try reader.checked { try made.variableSolver() }
  }

  func encode(to encoder: any Encoder) throws {
    var writer = RecipeWriter(encoder)
    try writer.write(type(of: rule).word, "rule")
    try rule.write(to: &writer)
  }
}

extension ParameterSolverRecipe: Equatable, Codable {
  static func == (a: Self, b: Self) -> Bool { a.rule.equals(b.rule) }

  init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    let words = Self.rules.map { $0.word }
    let index = try reader.word("rule", among: words)
    rule = try Self.rules[index].init(&reader)
    try reader.finish()
    let made = rule
    _ = try reader.checked { try made.parameterSolver() }
  }

  func encode(to encoder: any Encoder) throws {
    var writer = RecipeWriter(encoder)
    try writer.write(type(of: rule).word, "rule")
    try rule.write(to: &writer)
  }
}

extension StrictReader {
  /// The position of a required word in a list of words.
  mutating func word(_ key: String, among words: [String]) throws -> Int {
    guard let word: String = try optional(key) else {
      throw error(key, "this key is missing; one of: \(words.joined(separator: ", "))")
    }
    guard let index = words.firstIndex(of: word) else {
      throw error(key, "'\(word)' is not known\(Self.suggestion(for: word, among: words))")
    }
    return index
  }
}
