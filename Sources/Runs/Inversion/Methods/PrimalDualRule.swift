import Lifted

/// `rule: primalDual`. See `PrimalDual`.
struct PrimalDualRule: SingleLayerRule {
  static let word = "primalDual"
  let iteration: LayerIteration
  let stride: Double
  let relaxation: Double

  init(iterations: Int? = nil) {
    var iteration = LayerIteration()
    if let iterations { iteration.iterations = iterations }
    (self.iteration, stride, relaxation) = (iteration, Self.usual.stride, Self.usual.relaxation)
  }

  private static let usual = (stride: 0.015, relaxation: 1.8)

  init(_ reader: inout StrictReader) throws {
    iteration = try LayerIteration(&reader)
    stride = try reader.optional("stride") ?? Self.usual.stride
    relaxation = try reader.optional("relaxation") ?? Self.usual.relaxation
    let rule = self
    _ = try reader.checked { try rule.solver() }
  }

  func write(to writer: inout RecipeWriter) throws {
    try iteration.write(to: &writer)
    try writer.write(stride, "stride")
    try writer.write(relaxation, "relaxation")
  }

  func solver() throws(SolverError) -> any InversionSolver {
    try PrimalDual(stride: stride, relaxation: relaxation)
  }
}
