import Lifted
import Tensors

/// How an unknown is found, as a recipe states it: `{name: lifted, rule: sweep, iterations: 200}`.
public struct InversionMethodRecipe: Sendable, Equatable, Codable {
  /// Every rule there is.
  static let rules: [any InversionRule.Type] = [
    AutomaticRule.self, PrimalDualRule.self, FISTARule.self, ADMMRule.self, CondatVuRule.self,
    LandweberRule.self, BregmanIterationRule.self, SweepRule.self, JointSweepsRule.self,
    BackPropagationRule.self, ShallowRule.self, LayerwiseRule.self, CompactFormRule.self,
  ]

  /// For files and tables.
  public let name: String
  /// The rule with its parameters.
  let rule: any InversionRule

  /// What suits the network: see ``AutomaticRule``.
  public static let usual = InversionMethodRecipe(name: "lifted", rule: AutomaticRule())

  init(name: String, rule: any InversionRule) { (self.name, self.rule) = (name, rule) }

  public init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    name = try reader.required("name")
    rule = try Self.rules[reader.word("rule", among: Self.rules.map { $0.word })].init(&reader)
    try reader.finish()
  }

  public func encode(to encoder: any Encoder) throws {
    var writer = RecipeWriter(encoder)
    try writer.write(name, "name")
    try writer.write(type(of: rule).word, "rule")
    try rule.write(to: &writer)
  }

  public static func == (a: Self, b: Self) -> Bool { a.name == b.name && a.rule.equals(b.rule) }
}

/// A way to find unknowns.
protocol InversionRule: RecipeRule {
  /// Finds the unknowns of a problem.
  /// - Throws: an error of one line where the rule does not go with the problem, or has diverged.
  func solve(
    _ problem: InversionProblem, on pool: WorkerPool, observe: InversionObserver
  ) throws -> InversionAnswer
}

/// Is told how an inversion goes on, at every look at its objective.
typealias InversionObserver = (InversionAnswer.Look) -> Void
