import Lifted

/// `rule: implicit`. See `ImplicitStep`.
struct ImplicitRule: UpdateRule {
  static let word = "implicit"
  let tau: Double
  let relaxation: Double
  var name: String { "implicit (tau \(tau))" }

  init(_ reader: inout StrictReader) throws {
    tau = try reader.required("tau")
    relaxation = try reader.optional("relaxation") ?? 1
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(tau, "tau")
    try writer.write(relaxation, "relaxation")
  }

  func make() throws(SolverError) -> any WeightUpdate {
    try ImplicitStep(tau: tau, relaxation: relaxation)
  }
}
