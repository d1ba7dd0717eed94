import Lifted

/// `rule: acceleratedMajorise`. See `AcceleratedMajorise`.
struct AcceleratedMajoriseRule: ParameterRule {
  static let word = "acceleratedMajorise"
  let tau: Double
  let steps: Int

  init(_ reader: inout StrictReader) throws {
    tau = try reader.required("tau")
    steps = try reader.optional("steps") ?? 5
    try reader.require(steps, in: 1...10_000, "steps")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(tau, "tau")
    try writer.write(steps, "steps")
  }

  func parameterSolver() throws(SolverError) -> any ParameterSolver {
    try AcceleratedMajorise(tau: tau, steps: steps)
  }
}
