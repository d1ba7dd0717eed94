import Lifted

/// `rule: landweber`, which regularises by ending early. See `Landweber`.
struct LandweberRule: SingleLayerRule {
  static let word = "landweber"
  let iteration: LayerIteration

  init(_ reader: inout StrictReader) throws { iteration = try LayerIteration(&reader) }

  func write(to writer: inout RecipeWriter) throws { try iteration.write(to: &writer) }

  func solver() -> any InversionSolver { Landweber() }
}
