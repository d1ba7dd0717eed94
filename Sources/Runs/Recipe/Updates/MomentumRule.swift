import Lifted

/// `rule: momentum`. See `Momentum`.
struct MomentumRule: UpdateRule {
  static let word = "momentum"
  let stepSize: Double
  let decay: Double
  var name: String { "momentum" }

  init(_ reader: inout StrictReader) throws {
    stepSize = try reader.required("stepSize")
    decay = try reader.optional("decay") ?? 0.9
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(stepSize, "stepSize")
    try writer.write(decay, "decay")
  }

  func make() throws(SolverError) -> any WeightUpdate {
    try Momentum(stepSize: stepSize, decay: decay)
  }
}
