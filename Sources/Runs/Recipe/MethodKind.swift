import Lifted

/// What a method does with a batch, as a recipe states it; one file for each kind, named in
/// ``MethodRecipe``'s list of kinds.
///
/// Reads its own keys, knows how to make the method of the library, and writes every key it has, so
/// that a resolved recipe reads back as itself.
protocol MethodKind: Sendable, Equatable {
  /// The word after `kind:`.
  static var word: String { get }
  /// What it is, in a few words.
  var summary: String { get }
  /// Gradient evaluations on each batch; more than one is worth a word in the report.
  var rounds: Int { get }

  /// Reads the keys of this kind.
  init(_ reader: inout StrictReader) throws
  /// Writes them.
  func write(to writer: inout RecipeWriter) throws
  /// The method, `beta` being the calibrated nudge where it was left to calibration.
  func make(_ weightPenalty: WeightPenalty, calibrated beta: Double?) throws(SolverError)
    -> any MinibatchMethod
}

extension MethodKind {
  var rounds: Int { 1 }

  func equals(_ other: any MethodKind) -> Bool { self == other as? Self }
}

/// Writes the keys of a group of a recipe.
struct RecipeWriter {
  private var container: KeyedEncodingContainer<StrictReader.Key>

  init(_ encoder: any Encoder) { container = encoder.container(keyedBy: StrictReader.Key.self) }

  /// Writes one key.
  mutating func write(_ value: some Encodable, _ key: String) throws {
    try container.encode(value, forKey: .init(stringValue: key))
  }
}
