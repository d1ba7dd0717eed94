import Foundation
import Lifted
import Yams

/// A training job in one YAML file: data, network, training, and one or more methods to train by.
///
/// Every key is documented in the article on recipes; unknown keys are refused with a suggestion. The
/// resolved recipe (defaults filled in, one method) is saved with each run and runs it again.
public struct Recipe: Sendable, Equatable, Codable {
  /// For folders and titles.
  public let name: String
  /// A sentence on what it shows.
  public let about: String?
  /// The root of all randomness.
  public let seed: UInt64
  /// The samples.
  public let data: DataRecipe
  /// The layers, first to last.
  public let network: [LayerRecipe]
  /// How long and in what steps to train.
  public let training: TrainingRecipe
  /// At least one; names differ.
  public let methods: [MethodRecipe]

  public init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    name = try reader.required("name")
    about = try reader.optional("about")
    seed = try reader.optional("seed") ?? 1
    data = try reader.required("data")
    network = try reader.required("network")
    training = try reader.required("training")
    methods = try reader.required("methods")
    try reader.finish()
    guard !methods.isEmpty else { throw reader.error("methods", "give at least one method") }
    guard Set(methods.map(\.name)).count == methods.count else {
      throw reader.error("methods", "two methods have the same name; give each its own")
    }
    try reader.requireFileName(name, "name")
    for method in methods { try reader.requireFileName(method.name, "methods.\(method.name)") }
    guard !network.isEmpty else { throw reader.error("network", "give at least one layer") }
    if network.last?.l1 != nil {
      throw reader.error("network", "the last layer's variable is the target: leave out its l1")
    }
    try checkMethods(reader)
  }

  /// Methods fit the network and their training: derivatives where they are needed, one update for
  /// each layer, a schedule only where there is a step for it.
  private func checkMethods(_ reader: StrictReader) throws {
    let network = try reader.checked("network") { try self.network.network(inputs: 1) }
    for method in methods {
      let training = self.training.overlaid(by: method.ownTraining)
      _ = try reader.checked("methods.\(method.name)") {
        try StochasticTraining(
          network, method: method.make(calibrated: nil), batchSize: training.batchSize,
          epochs: training.epochs, schedule: training.schedule, seed: seed)
      }
    }
  }

  private init(_ recipe: Recipe, methods: [MethodRecipe], seed: UInt64) {
    (name, about, self.seed) = (recipe.name, recipe.about, seed)
    (data, network) = (recipe.data, recipe.network)
    training = methods.first.map { recipe.training.overlaid(by: $0.ownTraining) } ?? recipe.training
    self.methods = methods
  }

  /// The recipe for one of its methods, possibly with another seed.
  public func choosing(_ method: MethodRecipe, seed: UInt64? = nil) -> Recipe {
    Recipe(self, methods: [method], seed: seed ?? self.seed)
  }

  /// Parses a recipe, with `key.path=value` settings laid over it.
  /// - Parameters:
  ///   - yaml: the text of the recipe.
  ///   - source: the file or name, for messages.
  ///   - settings: texts such as `training.epochs=3`, laid over it in order.
  /// - Throws: ``RecipeError``.
  public init(yaml: String, source: String, settings: [String] = []) throws(RecipeError) {
    do {
      guard var node = try Yams.compose(yaml: yaml) else {
        throw RecipeError(source: source, problem: "the file is empty; see `lifted recipes`")
      }
      for setting in settings { try RecipeSetting(setting).apply(to: &node) }
      self = try YAMLDecoder().decode(Recipe.self, from: node)
    } catch {
      throw RecipeError(error, source: source)
    }
  }

  /// The largest recipe that is read, in bytes.
  private static let largest = 1 << 20

  /// Reads a recipe file, or a built-in recipe by its name.
  /// - Throws: ``RecipeError``.
  public init(named name: String, settings: [String] = []) throws(RecipeError) {
    if let text = BuiltInRecipes.text(of: name), !FileManager.default.fileExists(atPath: name) {
      try self.init(yaml: text, source: name, settings: settings)
      return
    }
    let data: Data
    do { data = try WholeFile.read(URL(fileURLWithPath: name)) } catch {
      if case .refused(_, _, EACCES) = error {
        throw RecipeError(source: name, problem: error.description)
      }
      throw RecipeError(
        source: name,
        problem: "no such recipe; give a YAML file or one of: "
          + BuiltInRecipes.names.joined(separator: ", "))
    }
    guard data.count <= Self.largest, let text = String(data: data, encoding: .utf8) else {
      throw RecipeError(
        source: name, problem: "this is no text file of at most 1 MiB; give a recipe")
    }
    try self.init(yaml: text, source: name, settings: settings)
  }

  /// The recipe as YAML, every default written out.
  public var yaml: String {
    get throws(RecipeError) {
      do { return try YAMLEncoder().encode(self) } catch {
        throw RecipeError(error, source: name)
      }
    }
  }
}
