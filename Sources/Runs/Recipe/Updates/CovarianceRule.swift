import Lifted

/// `rule: covariance`. See `CovarianceStep`.
struct CovarianceRule: UpdateRule {
  static let word = "covariance"
  let stepSize: Double
  let decay: Double
  let epsilon: Double
  let refresh: Int
  var name: String { "covariance (step \(stepSize))" }

  init(_ reader: inout StrictReader) throws {
    let refresh: Int? = try reader.optional("refresh")
    try reader.require(refresh, in: 1...1_000_000, "refresh")
    stepSize = try reader.required("stepSize")
    decay = try reader.optional("decay") ?? 0.99
    epsilon = try reader.optional("epsilon") ?? 0.1
    self.refresh = refresh ?? 10
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(stepSize, "stepSize")
    try writer.write(decay, "decay")
    try writer.write(epsilon, "epsilon")
    try writer.write(refresh, "refresh")
  }

  func make() throws(SolverError) -> any WeightUpdate {
    try CovarianceStep(stepSize: stepSize, decay: decay, epsilon: epsilon, refresh: refresh)
  }
}
