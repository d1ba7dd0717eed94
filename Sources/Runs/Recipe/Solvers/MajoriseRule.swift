import Lifted

/// `rule: majorise`. See `Majorise`.
struct MajoriseRule: ParameterRule {
  static let word = "majorise"
  let tau: Double
  let relaxation: Double
  let steps: Int

  init(_ reader: inout StrictReader) throws {
    tau = try reader.required("tau")
    relaxation = try reader.optional("relaxation") ?? 1
    steps = try reader.optional("steps") ?? 1
    try reader.require(steps, in: 1...10_000, "steps")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(tau, "tau")
    try writer.write(relaxation, "relaxation")
    try writer.write(steps, "steps")
  }

  func parameterSolver() throws(SolverError) -> any ParameterSolver {
    try Majorise(tau: tau, relaxation: relaxation, steps: steps)
  }
}
