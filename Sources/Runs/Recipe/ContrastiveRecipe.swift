import Lifted

/// `kind: contrastive`: a clamped and a free phase on each batch. See `ContrastivePhases`.
struct ContrastiveRecipe: MethodKind {
  static let word = "contrastive"

  /// The weight of a layer by that of the one before, 0 < gamma <= 1.
  let gamma: Double
  /// Sweeps of each phase, at least 1.
  let sweeps: Int
  /// The order of the variables.
  let order: Sweep
  /// One for each layer, or a single one for all.
  let updates: [UpdateRecipe]

  var summary: String {
    "contrastive, two phases of \(sweeps) sweeps, gamma = \(gamma); \(updates.summary)"
  }
  var rounds: Int { 2 * sweeps }
  var backPropagating: (any MethodKind)? { SweepRecipe(backPropagating: updates) }

  init(_ reader: inout StrictReader) throws {
    let sweeps: Int? = try reader.optional("sweeps")
    try reader.require(sweeps, in: 1...10_000, "sweeps")
    gamma = try reader.optional("gamma") ?? 0.1
    self.sweeps = sweeps ?? 1
    order = try reader.choice("sweep") ?? .backward
    let one: UpdateRecipe? = try reader.optional("update")
    let many: [UpdateRecipe]? = try reader.optional("updates")
    updates = try [UpdateRecipe](one: one, many: many, reader)
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(gamma, "gamma")
    try writer.write(sweeps, "sweeps")
    try writer.write(order, "sweep")
    try updates.write(to: &writer)
  }

  func make(
    _ weightPenalty: WeightPenalty, calibrated beta: Double?
  ) throws(SolverError) -> any MinibatchMethod {
    try ContrastivePhases(
      gamma: gamma, sweeps: sweeps, order: order, updates: try updates.make(),
      weightPenalty: weightPenalty)
  }
}
