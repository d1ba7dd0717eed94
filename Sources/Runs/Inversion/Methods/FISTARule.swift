import Lifted

/// `rule: fista`. See `FISTA`.
struct FISTARule: SingleLayerRule {
  static let word = "fista"
  let iteration: LayerIteration
  let restarts: Bool

  init(_ reader: inout StrictReader) throws {
    iteration = try LayerIteration(&reader)
    restarts = try reader.optional("restarts") ?? true
  }

  func write(to writer: inout RecipeWriter) throws {
    try iteration.write(to: &writer)
    try writer.write(restarts, "restarts")
  }

  func solver() -> any InversionSolver { FISTA(restarts: restarts) }
}
