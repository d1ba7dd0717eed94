import Lifted

/// `rule: gradient`. See `GradientStep`.
struct GradientRule: UpdateRule {
  static let word = "gradient"
  let stepSize: Double
  var name: String { "gradient" }

  init(_ reader: inout StrictReader) throws { stepSize = try reader.required("stepSize") }

  func write(to writer: inout RecipeWriter) throws { try writer.write(stepSize, "stepSize") }

  func make() throws(SolverError) -> any WeightUpdate { try GradientStep(stepSize: stepSize) }
}
