import Lifted

/// `rule: bregmanIteration`, which regularises by ending early. See `BregmanIteration`.
struct BregmanIterationRule: SingleLayerRule {
  static let word = "bregmanIteration"
  let iteration: LayerIteration
  let innerIterations: Int

  init(_ reader: inout StrictReader) throws {
    iteration = try LayerIteration(&reader)
    innerIterations = try reader.optional("innerIterations") ?? 100
    try reader.require(innerIterations, in: 1...1_000_000, "innerIterations")
    let rule = self
    _ = try reader.checked { try rule.solver() }
  }

  func write(to writer: inout RecipeWriter) throws {
    try iteration.write(to: &writer)
    try writer.write(innerIterations, "innerIterations")
  }

  func solver() throws(SolverError) -> any InversionSolver {
    try BregmanIteration(PrimalDual(), innerIterations: innerIterations)
  }
}
