import Lifted

/// `kind: finiteSum`: a sweep, then steps that remember every sample's gradient. See `FiniteSumSweep`.
struct FiniteSumRecipe: MethodKind {
  static let word = "finiteSum"

  /// How errors travel back.
  private(set) var signal: SweepRecipe.SignalChoice
  /// What is done with the remembered gradients.
  let rule: FiniteSumSweep.Rule
  /// The step.
  let stepSize: Double
  /// The weight of the loss.
  private(set) var nudge: Double

  var summary: String { "\(signal.summary); \(rule.rawValue), step \(stepSize)" }
  var isLifted: Bool { signal != .backPropagation }
  var backPropagating: (any MethodKind)? {
    var control = self
    (control.signal, control.nudge) = (.backPropagation, 1)
    return control
  }

  init(_ reader: inout StrictReader) throws {
    signal = try reader.choice("signal") ?? .contrast
    rule = try reader.choice("rule") ?? .saga
    stepSize = try reader.required("stepSize")
    let nudge: Double? = try reader.optional("nudge")
    if nudge != nil, signal == .backPropagation {
      throw reader.error(
        "nudge",
        "back-propagated errors have no nudge; leave this key out, or choose another signal")
    }
    self.nudge = nudge ?? 1
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(signal, "signal")
    try writer.write(rule, "rule")
    try writer.write(stepSize, "stepSize")
    if signal != .backPropagation { try writer.write(nudge, "nudge") }
  }

  func make(
    _ weightPenalty: WeightPenalty, calibrated beta: Double?
  ) throws(SolverError) -> any MinibatchMethod {
    try FiniteSumSweep(
      signal: signal.signal, rule: rule, stepSize: stepSize, nudge: nudge,
      weightPenalty: weightPenalty)
  }
}
