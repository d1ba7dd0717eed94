import Lifted

/// `rule: condatVu`. See `CondatVu`.
struct CondatVuRule: SingleLayerRule {
  static let word = "condatVu"
  let iteration: LayerIteration

  init(_ reader: inout StrictReader) throws { iteration = try LayerIteration(&reader) }

  func write(to writer: inout RecipeWriter) throws { try iteration.write(to: &writer) }

  func solver() -> any InversionSolver { CondatVu() }
}
