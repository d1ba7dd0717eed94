import Lifted

/// `rule: mirror`. See `MirrorStep`.
struct MirrorStepRule: VariableRule {
  static let word = "mirror"
  let steps: Int

  init(_ reader: inout StrictReader) throws {
    steps = try reader.optional("steps") ?? 1
    try reader.require(steps, in: 1...10_000, "steps")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(steps, "steps")
  }

  func variableSolver() throws(SolverError) -> any VariableSolver {
    try MirrorStep(steps: steps)
  }
}
