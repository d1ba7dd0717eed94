import Lifted

/// `rule: fixedPoint`. See `FixedPoint`.
struct FixedPointRule: VariableRule {
  static let word = "fixedPoint"
  let steps: Int

  init(_ reader: inout StrictReader) throws {
    steps = try reader.optional("steps") ?? 5
    try reader.require(steps, in: 1...10_000, "steps")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(steps, "steps")
  }

  func variableSolver() throws(SolverError) -> any VariableSolver {
    try FixedPoint(steps: steps)
  }
}
