import Lifted

/// `rule: acceleratedGradient`. See `AcceleratedGradient`.
struct AcceleratedGradientRule: VariableRule, ParameterRule {
  static let word = "acceleratedGradient"
  let steps: Int

  init(_ reader: inout StrictReader) throws {
    steps = try reader.optional("steps") ?? 5
    try reader.require(steps, in: 1...10_000, "steps")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(steps, "steps")
  }

  func variableSolver() throws(SolverError) -> any VariableSolver {
    try AcceleratedGradient(steps: steps)
  }

  func parameterSolver() throws(SolverError) -> any ParameterSolver {
    try AcceleratedGradient(steps: steps)
  }
}
