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
  public private(set) var seed: UInt64
  /// The samples.
  public let data: DataRecipe
  /// Its layers, or an algorithm that is unrolled.
  public let network: NetworkChoice
  /// How long and in what steps to train.
  public private(set) var training: TrainingRecipe
  /// At least one; names differ.
  public private(set) var methods: [MethodRecipe]

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
    try checkNetwork(reader)
    try checkMethods(reader)
  }

  /// There are layers, and nothing is said that the network would not listen to.
  private func checkNetwork(_ reader: StrictReader) throws {
    switch network {
    case .layers(let layers):
      guard let last = layers.last else { throw reader.error("network", "give at least one layer") }
      if last.l1 != nil {
        throw reader.error("network", "the last layer's variable is the target: leave out its l1")
      }
    case .unrolled(let unrolled):
      guard let restoration = data.restoration else {
        throw reader.error("network", "an unrolled network is for data with task: restoration")
      }
      guard restoration.operator.isNone || unrolled.scheme.takesOperator else {
        throw reader.error(
          "network",
          "the scheme \(unrolled.scheme.rawValue) is for denoising; with an operator take condatVu or "
            + "resolvent")
      }
      guard training.initialisation == .he else {
        throw reader.error(
          "training.initialisation",
          "an unrolled network starts from cosine filters; leave this key out")
      }
    }
  }

  /// Methods fit the network and their training: derivatives where they are needed, one update for
  /// each layer, a schedule only where there is a step for it.
  private func checkMethods(_ reader: StrictReader) throws {
    let network = try reader.checked("network") { try likeness() }
    for method in methods {
      let training = self.training.overlaid(by: method.ownTraining)
      _ = try reader.checked("methods.\(method.name)") {
        try StochasticTraining(
          network, method: method.make(calibrated: nil), batchSize: training.batchSize,
          epochs: training.epochs, schedule: training.schedule, seed: seed)
      }
    }
  }

  /// A network like the one that will be trained, for checks before the samples are there.
  func likeness() throws -> Network { try network.likeness(for: data) }

  /// The recipe for one of its methods, what the method has of its own laid over `training`; possibly
  /// with another seed.
  public func choosing(_ method: MethodRecipe, seed: UInt64? = nil) -> Recipe {
    var recipe = self
    recipe.methods = [method]
    recipe.training = training.overlaid(by: method.ownTraining)
    recipe.seed = seed ?? self.seed
    return recipe
  }

  /// The recipe with other methods and within a budget, checked as if it had been written so.
  func with(
    _ methods: [MethodRecipe], within budget: StudyBudget?, source: String
  ) throws(RecipeError) -> Recipe {
    var recipe = self
    recipe.methods = budget?.epochs == nil ? methods : methods.map(\.withoutOwnEpochs)
    if let budget { recipe.training = training.within(budget) }
    return try Recipe(yaml: recipe.yaml, source: source)
  }

  /// Parses a recipe, with `key.path=value` settings laid over it.
  /// - Parameters:
  ///   - yaml: the text of the recipe.
  ///   - source: the file or name, for messages.
  ///   - settings: texts such as `training.epochs=3`, laid over it in order.
  /// - Throws: ``RecipeError``.
  public init(yaml: String, source: String, settings: [String] = []) throws(RecipeError) {
    try self.init(node: Node(yaml: yaml, source: source), source: source, settings: settings)
  }

  /// A recipe from parsed YAML, with settings laid over it.
  init(node: Node, source: String, settings: [String] = []) throws(RecipeError) {
    self = try RecipeText.decode(from: node, source: source, settings: settings)
  }

  /// Reads a recipe file, or a built-in recipe by its name.
  /// - Throws: ``RecipeError``.
  public init(named name: String, settings: [String] = []) throws(RecipeError) {
    try self.init(yaml: RecipeText.named(name), source: name, settings: settings)
  }

  /// The recipe as YAML, every default written out.
  public var yaml: String {
    get throws(RecipeError) { try RecipeText.encode(self, name: name) }
  }
}
