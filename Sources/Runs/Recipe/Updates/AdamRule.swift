import Lifted

/// `rule: adam`. See `Adam`.
struct AdamRule: UpdateRule {
  static let word = "adam"
  let stepSize: Double
  let firstDecay: Double
  let secondDecay: Double
  let epsilon: Double
  var name: String { "Adam" }

  init(_ reader: inout StrictReader) throws {
    stepSize = try reader.optional("stepSize") ?? 1e-3
    firstDecay = try reader.optional("firstDecay") ?? 0.9
    secondDecay = try reader.optional("secondDecay") ?? 0.999
    epsilon = try reader.optional("epsilon") ?? 1e-8
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(stepSize, "stepSize")
    try writer.write(firstDecay, "firstDecay")
    try writer.write(secondDecay, "secondDecay")
    try writer.write(epsilon, "epsilon")
  }

  func make() throws(SolverError) -> any WeightUpdate {
    try Adam(
      stepSize: stepSize, firstDecay: firstDecay, secondDecay: secondDecay, epsilon: epsilon)
  }
}
