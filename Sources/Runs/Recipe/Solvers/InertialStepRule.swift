import Lifted

/// `rule: inertial`. See `InertialStep`.
struct InertialStepRule: VariableRule, ParameterRule {
  static let word = "inertial"
  let inertia: Double

  init(_ reader: inout StrictReader) throws {
    inertia = try reader.optional("inertia") ?? 0.2
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(inertia, "inertia")
  }

  func variableSolver() throws(SolverError) -> any VariableSolver {
    try InertialStep(inertia: inertia)
  }

  func parameterSolver() throws(SolverError) -> any ParameterSolver {
    try InertialStep(inertia: inertia)
  }
}
