import Lifted

/// `rule: backtracking`. See `Backtracking`.
struct BacktrackingRule: VariableRule, ParameterRule {
  static let word = "backtracking"
  let steps: Int
  let growth: Double

  init(_ reader: inout StrictReader) throws {
    steps = try reader.optional("steps") ?? 1
    growth = try reader.optional("growth") ?? 1.5
    try reader.require(steps, in: 1...10_000, "steps")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(steps, "steps")
    try writer.write(growth, "growth")
  }

  func variableSolver() throws(SolverError) -> any VariableSolver {
    try Backtracking(steps: steps, growth: growth)
  }

  func parameterSolver() throws(SolverError) -> any ParameterSolver {
    try Backtracking(steps: steps, growth: growth)
  }
}
