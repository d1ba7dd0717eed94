import Lifted

/// `rule: admm`. See `SplitADMM`.
struct ADMMRule: SingleLayerRule {
  static let word = "admm"
  let iteration: LayerIteration
  let steps: Int
  let stride: Double

  init(_ reader: inout StrictReader) throws {
    iteration = try LayerIteration(&reader)
    steps = try reader.optional("steps") ?? 8
    try reader.require(steps, in: 1...10_000, "steps")
    stride = try reader.optional("stride") ?? 0.1
    let rule = self
    _ = try reader.checked { try rule.solver() }
  }

  func write(to writer: inout RecipeWriter) throws {
    try iteration.write(to: &writer)
    try writer.write(steps, "steps")
    try writer.write(stride, "stride")
  }

  func solver() throws(SolverError) -> any InversionSolver {
    try SplitADMM(steps: steps, stride: stride)
  }
}
