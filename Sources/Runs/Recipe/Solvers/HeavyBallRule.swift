import Lifted

/// `rule: heavyBall`. See `HeavyBall`.
struct HeavyBallRule: VariableRule, ParameterRule {
  static let word = "heavyBall"
  let steps: Int
  let momentum: Double

  init(_ reader: inout StrictReader) throws {
    steps = try reader.optional("steps") ?? 1
    momentum = try reader.optional("momentum") ?? 0.7
    try reader.require(steps, in: 1...10_000, "steps")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(steps, "steps")
    try writer.write(momentum, "momentum")
  }

  func variableSolver() throws(SolverError) -> any VariableSolver {
    try HeavyBall(steps: steps, momentum: momentum)
  }

  func parameterSolver() throws(SolverError) -> any ParameterSolver {
    try HeavyBall(steps: steps, momentum: momentum)
  }
}
