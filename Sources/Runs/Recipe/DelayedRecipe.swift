import Lifted

/// `kind: delayed`: one sweep on each batch, its gradient used some steps later. See `DelayedSweep`.
struct DelayedRecipe: MethodKind {
  static let word = "delayed"

  /// How errors travel back, and the weight of the loss.
  private(set) var sweep: NudgedSignal
  /// Steps from a gradient to its use.
  let delay: Int
  /// One for each layer, or a single one for all.
  let updates: [UpdateRecipe]

  var summary: String { "\(sweep.signal.summary), \(delay) steps late; \(updates.summary)" }
  var isLifted: Bool { sweep.isLifted }
  var backPropagating: (any MethodKind)? {
    var control = self
    control.sweep = .backPropagation
    return control
  }

  init(_ reader: inout StrictReader) throws {
    sweep = try NudgedSignal(&reader)
    delay = try reader.required("delay")
    try reader.require(delay, in: 0...1000, "delay")
    let one: UpdateRecipe? = try reader.optional("update")
    let many: [UpdateRecipe]? = try reader.optional("updates")
    updates = try [UpdateRecipe](one: one, many: many, reader)
  }

  func write(to writer: inout RecipeWriter) throws {
    try sweep.write(to: &writer)
    try writer.write(delay, "delay")
    try updates.write(to: &writer)
  }

  func make(
    _ weightPenalty: WeightPenalty, calibrated beta: Double?
  ) throws(SolverError) -> any MinibatchMethod {
    try DelayedSweep(
      signal: sweep.signal.signal, updates: updates.make(), delay: delay, nudge: sweep.nudge,
      weightPenalty: weightPenalty)
  }
}
