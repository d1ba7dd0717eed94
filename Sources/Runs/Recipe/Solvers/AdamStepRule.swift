import Lifted

/// `rule: adam`. See `AdamStep`.
struct AdamStepRule: VariableRule, ParameterRule {
  static let word = "adam"
  let stepSize: Double

  init(_ reader: inout StrictReader) throws {
    stepSize = try reader.optional("stepSize") ?? 1e-3
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(stepSize, "stepSize")
  }

  func variableSolver() throws(SolverError) -> any VariableSolver {
    try AdamStep(stepSize: stepSize)
  }

  func parameterSolver() throws(SolverError) -> any ParameterSolver {
    try AdamStep(stepSize: stepSize)
  }
}
