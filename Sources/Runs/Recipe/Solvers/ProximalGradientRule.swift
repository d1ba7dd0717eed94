import Lifted

/// `rule: proximalGradient`. See `ProximalGradient`.
struct ProximalGradientRule: VariableRule, ParameterRule {
  static let word = "proximalGradient"
  let steps: Int

  init(_ reader: inout StrictReader) throws {
    steps = try reader.optional("steps") ?? 1
    try reader.require(steps, in: 1...10_000, "steps")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(steps, "steps")
  }

  func variableSolver() throws(SolverError) -> any VariableSolver {
    try ProximalGradient(steps: steps)
  }

  func parameterSolver() throws(SolverError) -> any ParameterSolver {
    try ProximalGradient(steps: steps)
  }
}
