import Lifted

/// How a variable moves, as a recipe states it: `{rule: mirror, steps: 3}`.
struct VariableSolverRecipe: RuleRecipe {
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
  var anyRule: any RecipeRule { rule }

  init(_ reader: inout StrictReader) throws {
    rule = try Self.rules[reader.word("rule", among: Self.rules.map { $0.word })].init(&reader)
  }

  func make() throws(SolverError) -> any VariableSolver { try rule.variableSolver() }
}

/// How weights move, as a recipe states it: `{rule: majorise, tau: 10}`.
struct ParameterSolverRecipe: RuleRecipe {
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
  var anyRule: any RecipeRule { rule }

  init(_ reader: inout StrictReader) throws {
    rule = try Self.rules[reader.word("rule", among: Self.rules.map { $0.word })].init(&reader)
  }

  func make() throws(SolverError) -> any ParameterSolver { try rule.parameterSolver() }
}

/// A solver for variables.
protocol VariableRule: RecipeRule {
  func variableSolver() throws(SolverError) -> any VariableSolver
}

/// A solver for weights.
protocol ParameterRule: RecipeRule {
  func parameterSolver() throws(SolverError) -> any ParameterSolver
}
