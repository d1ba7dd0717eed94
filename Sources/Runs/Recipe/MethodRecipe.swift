import Lifted

/// One way to train: a name, what is done with a batch, and what all ways have in common.
public struct MethodRecipe: Sendable {
  /// Every kind of method there is; the first is meant where a recipe names none.
  static let kinds: [any MethodKind.Type] = [
    SweepRecipe.self,
    ImplicitRecipe.self,
    SplittingRecipe.self,
    BlockDescentRecipe.self,
    ContrastiveRecipe.self,
    FiniteSumRecipe.self,
    ConsensusRecipe.self,
    DelayedRecipe.self,
  ]

  /// For file names, tables and legends.
  public let name: String
  /// What is done with a minibatch.
  let kind: any MethodKind
  /// `R`, from `weightDecay` and `weightRadius`.
  public let weightPenalty: WeightPenalty
  /// The control: only the last layer is trained.
  public let frozenHiddenLayers: Bool
  /// What this method has in place of the recipe's `training`.
  var ownTraining: OwnTraining

  /// The method, `beta` being the calibrated nudge where it was left to calibration.
  func make(calibrated beta: Double?) throws(SolverError) -> any MinibatchMethod {
    try kind.make(weightPenalty, calibrated: beta)
  }

  /// What it is, in a few words.
  public var summary: String {
    kind.summary + (frozenHiddenLayers ? "; hidden layers frozen" : "")
  }
}

extension MethodRecipe: Equatable {
  public static func == (a: MethodRecipe, b: MethodRecipe) -> Bool {
    a.name == b.name && a.kind.equals(b.kind) && a.weightPenalty == b.weightPenalty
      && a.frozenHiddenLayers == b.frozenHiddenLayers && a.ownTraining == b.ownTraining
  }
}

extension MethodRecipe: Codable {
  public init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    name = try reader.required("name")
    let words = Self.kinds.map { $0.word }
    kind = try Self.kinds[reader.word("kind", among: words, default: 0)].init(&reader)
    let decay: Double = try reader.optional("weightDecay") ?? WeightPenalty.standard.decay
    let radius: Double? = try reader.optional("weightRadius")
    weightPenalty = try reader.checked { try WeightPenalty(decay: decay, radius: radius) }
    frozenHiddenLayers = try reader.optional("frozenHiddenLayers") ?? false
    ownTraining = try OwnTraining(&reader)
    try reader.finish()
    let method = self
    _ = try reader.checked { try method.make(calibrated: nil) }
  }

  public func encode(to encoder: any Encoder) throws {
    var writer = RecipeWriter(encoder)
    try writer.write(name, "name")
    try writer.write(type(of: kind).word, "kind")
    try kind.write(to: &writer)
    try writer.write(weightPenalty.decay, "weightDecay")
    if let radius = weightPenalty.radius { try writer.write(radius, "weightRadius") }
    try writer.write(frozenHiddenLayers, "frozenHiddenLayers")
    try ownTraining.write(to: &writer)
  }
}
