import Lifted

/// `rule: restartedNesterov`. See `RestartedNesterov`.
struct RestartedNesterovRule: VariableRule, ParameterRule {
  static let word = "restartedNesterov"
  let steps: Int

  init(_ reader: inout StrictReader) throws {
    steps = try reader.optional("steps") ?? 5
    try reader.require(steps, in: 1...10_000, "steps")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(steps, "steps")
  }

  func variableSolver() throws(SolverError) -> any VariableSolver {
    try RestartedNesterov(steps: steps)
  }

  func parameterSolver() throws(SolverError) -> any ParameterSolver {
    try RestartedNesterov(steps: steps)
  }
}
