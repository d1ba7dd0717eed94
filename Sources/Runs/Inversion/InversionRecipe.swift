import Lifted
import Yams

/// An inversion in one YAML file: the network, what it has measured, what is known of the unknown, and one or
/// more methods to find it by.
///
///     min_u  1/outputs B(f, N(u)) + alpha J(u)
///
/// Every key is documented in the article on stable inversion; unknown keys are refused with a suggestion.
public struct InversionRecipe: Sendable, Equatable, Codable {
  /// For folders and titles.
  public let name: String
  /// A sentence on what it shows.
  public let about: String?
  /// The root of all randomness: weights, truths, noise.
  public let seed: UInt64
  /// The network.
  public let model: InvertedModel
  /// Extents of the unknown as a picture, where the model does not say them.
  public let unknown: [Int]?
  /// NPY files of measurements, one in each row; empty if the truth is measured.
  public let measurements: [String]
  /// The unknowns to measure or to compare with.
  public let truth: TruthRecipe?
  /// The norm of the noise over that of the measurement: what is added to what is measured here, and what is
  /// assumed of a file.
  public let noise: Double
  /// `J`.
  public let regulariser: RegulariserChoice
  /// `alpha`.
  public let alpha: AlphaRecipe
  /// Where iterations start.
  public let start: StartRecipe
  /// At least one; names differ.
  public let methods: [InversionMethodRecipe]

  public init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    name = try reader.required("name")
    about = try reader.optional("about")
    seed = try reader.optional("seed") ?? 1
    model = try reader.required("model")
    unknown = try reader.optional("unknown")
    if let unknown { try reader.requireExtents(unknown, "unknown") }
    measurements = try reader.optional("measurements") ?? []
    truth = try reader.optional("truth")
    noise = try reader.optional("noise") ?? 0
    regulariser = try reader.optional("regulariser") ?? .tikhonov
    alpha = try reader.required("alpha")
    start = try reader.optional("start") ?? .zero
    methods = try reader.optional("methods") ?? [.usual]
    try reader.finish()
    try reader.requireFileName(name, "name")
    for method in methods { try reader.requireFileName(method.name, "methods.\(method.name)") }
    try check(reader)
  }

  private func check(_ reader: StrictReader) throws {
    guard noise >= 0, noise.isFinite else {
      throw reader.error(
        "noise", "\(noise) is out of range; it must be a finite number, at least 0")
    }
    guard !measurements.isEmpty || truth != nil else {
      throw reader.error("measurements", "give measurements, or a truth to measure")
    }
    switch alpha {
    case .discrepancy where noise == 0:
      throw reader.error(
        "alpha", "the discrepancy principle needs the noise; say noise, such as 0.01")
    case .oracle where truth == nil:
      throw reader.error("alpha", "an oracle needs the truth; give it, or take auto")
    default: break
    }
    if start == .rest {
      guard case .file(_, .some) = model else {
        throw reader.error(
          "start",
          "the decoder is what follows the first layers of a file; say model: {file: …, layers: …}, or "
            + "start: {decoder: …}")
      }
    }
    guard !methods.isEmpty else { throw reader.error("methods", "give at least one method") }
    guard Set(methods.map(\.name)).count == methods.count else {
      throw reader.error("methods", "two methods have the same name; give each its own")
    }
  }

  /// Parses a recipe, with `key.path=value` settings laid over it.
  /// - Throws: ``RecipeError``.
  public init(yaml: String, source: String, settings: [String] = []) throws(RecipeError) {
    self = try RecipeText.decode(
      from: Node(yaml: yaml, source: source), source: source, settings: settings)
  }

  /// Reads a recipe file, or a built-in recipe by its name.
  /// - Throws: ``RecipeError``.
  public init(named name: String, settings: [String] = []) throws(RecipeError) {
    try self.init(yaml: RecipeText.named(name), source: name, settings: settings)
  }

  /// Whether a file, or a built-in recipe, is one for inversion: it names a model.
  /// - Throws: ``RecipeError`` if there is no such recipe, or it is no YAML.
  public static func isInversion(_ name: String) throws(RecipeError) -> Bool {
    try Node(yaml: RecipeText.named(name), source: name).mapping?[Node("model")] != nil
  }

  /// The recipe as YAML, every default written out.
  public var yaml: String {
    get throws(RecipeError) { try RecipeText.encode(self, name: name) }
  }
}
