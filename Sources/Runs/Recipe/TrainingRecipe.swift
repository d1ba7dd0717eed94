import Lifted

/// How long and in what steps to train.
public struct TrainingRecipe: Sendable, Equatable, Codable {
  /// Passes over the training samples, at least 1.
  public internal(set) var epochs: Int
  /// Samples of a step, at least 1.
  public internal(set) var batchSize: Int
  /// The factor on the step size; it ends with the last epoch or the last gradient evaluation.
  public internal(set) var schedule: Schedule
  /// How weights start.
  public let initialisation: Initialisation
  /// Stop after so many epochs without a better validation loss; `nil` for never.
  public let patience: Int?
  /// Stop after the epoch in which so many gradient evaluations are reached; `nil` for never.
  public private(set) var maximumGradientEvaluations: Int?
  /// Stop after the epoch in which so many seconds of training are reached; `nil` for never.
  public private(set) var maximumSeconds: Double?
  /// Stop when the forward loss has grown to this many times its least; `nil` for never.
  public let forwardLossGrowth: Double?

  public init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    epochs = try reader.required("epochs")
    batchSize = try reader.optional("batchSize") ?? 100
    schedule = try reader.choice("schedule") ?? .constant
    initialisation = try reader.choice("initialisation") ?? .he
    patience = try reader.optional("patience")
    maximumGradientEvaluations = try reader.optional("maximumGradientEvaluations")
    maximumSeconds = try reader.optional("maximumSeconds")
    forwardLossGrowth = try reader.optional("forwardLossGrowth")
    try reader.finish()
    try reader.require(epochs, in: 1...1_000_000, "epochs")
    try reader.require(batchSize, in: 1...1 << 30, "batchSize")
    let recipe = self
    _ = try reader.checked { try recipe.stopRule }
  }

  /// The same within a budget: what the budget sets takes the place of what was set here.
  func within(_ budget: StudyBudget) -> TrainingRecipe {
    var recipe = self
    recipe.epochs = budget.epochs ?? epochs
    recipe.maximumGradientEvaluations = budget.gradientEvaluations ?? maximumGradientEvaluations
    recipe.maximumSeconds = budget.seconds ?? maximumSeconds
    return recipe
  }

  /// When training ends.
  var stopRule: StopRule {
    get throws(SolverError) {
      try StopRule(
        maximumIterations: epochs, patience: patience,
        maximumGradientEvaluations: maximumGradientEvaluations, maximumSeconds: maximumSeconds,
        forwardLossGrowth: forwardLossGrowth)
    }
  }
}
