import Lifted

/// The affine half of a recipe's layer; one file for each, named in ``LayerRecipe``'s list.
///
/// Reads its own keys, makes the stage of the library, and writes every key it has.
protocol StageRule: Sendable, Equatable {
  /// The key that says which it is.
  static var word: String { get }
  /// Whether an activation has to be given; the identity if not.
  static var needsActivation: Bool { get }

  /// Reads the keys of this stage.
  init(_ reader: inout StrictReader) throws
  /// Writes them.
  func write(to writer: inout RecipeWriter) throws
  /// The stage on what comes in.
  func make(on input: LayerInput) throws(SolverError) -> any AffineStage
}

extension StageRule {
  static var needsActivation: Bool { true }

  func equals(_ other: any StageRule) -> Bool { self == other as? Self }
}
