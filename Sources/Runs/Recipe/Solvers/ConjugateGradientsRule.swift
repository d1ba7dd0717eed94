import Lifted

/// `rule: conjugateGradients`. See `ConjugateGradients`.
struct ConjugateGradientsRule: VariableRule, ParameterRule {
  static let word = "conjugateGradients"
  let steps: Int
  let tolerance: Double

  init(_ reader: inout StrictReader) throws {
    steps = try reader.optional("steps") ?? 50
    tolerance = try reader.optional("tolerance") ?? 1e-6
    try reader.require(steps, in: 1...10_000, "steps")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(steps, "steps")
    try writer.write(tolerance, "tolerance")
  }

  func variableSolver() throws(SolverError) -> any VariableSolver {
    try ConjugateGradients(steps: steps, tolerance: tolerance)
  }

  func parameterSolver() throws(SolverError) -> any ParameterSolver {
    try ConjugateGradients(steps: steps, tolerance: tolerance)
  }
}
