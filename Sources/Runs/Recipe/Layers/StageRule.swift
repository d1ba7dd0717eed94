import Lifted

/// What a recipe's item of the list of layers makes; one file for each, named in ``LayerRecipe``'s list.
///
/// Reads its own keys, makes its layers of the library, and writes every key it has.
protocol LayerRule: Sendable, Equatable {
  /// The key that says which it is.
  static var word: String { get }
  /// Whether an activation has to be given; the identity if not.
  static var needsActivation: Bool { get }
  /// Its layers.
  var parts: [LayerPart] { get }

  /// Reads the keys of this rule.
  init(_ reader: inout StrictReader) throws
  /// Writes them.
  func write(to writer: inout RecipeWriter) throws
  /// The layers on what comes in.
  func layers(
    on input: LayerInput, _ activation: any Activation, regulariser: (any LayerRegulariser)?,
    isTrainable: Bool
  ) throws -> [Layer]
  /// What the next layer stands on; by default what the last stage says of itself.
  func output(of stage: any AffineStage) -> LayerInput
}

extension LayerRule {
  func output(of stage: any AffineStage) -> LayerInput { LayerInput(from: stage) }

  static var needsActivation: Bool { true }
  var parts: [LayerPart] { [LayerPart(word: "", start: 1)] }

  func equals(_ other: any LayerRule) -> Bool { self == other as? Self }
}

/// One of the layers that a rule makes.
struct LayerPart {
  /// What it is called in reports, before the activation; empty for the activation alone.
  let word: String
  /// What its initial parameters are multiplied by.
  let start: Float
}

/// A rule of one layer: its affine half.
protocol StageRule: LayerRule {
  /// The stage on what comes in.
  func make(on input: LayerInput) throws(SolverError) -> any AffineStage
}

extension StageRule {
  func layers(
    on input: LayerInput, _ activation: any Activation, regulariser: (any LayerRegulariser)?,
    isTrainable: Bool
  ) throws -> [Layer] {
    [
      Layer(
        try make(on: input), activation, regulariser: regulariser, isTrainable: isTrainable)
    ]
  }
}
