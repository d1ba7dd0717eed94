import Lifted

/// `kind: finiteSum`: a sweep, then steps that remember every sample's gradient. See `FiniteSumSweep`.
struct FiniteSumRecipe: MethodKind {
  static let word = "finiteSum"

  /// How errors travel back, and the weight of the loss.
  private(set) var sweep: NudgedSignal
  /// What is done with the remembered gradients.
  let rule: FiniteSumSweep.Rule
  /// The step.
  let stepSize: Double

  var summary: String { "\(sweep.signal.summary); \(rule.rawValue), step \(stepSize)" }
  var isLifted: Bool { sweep.isLifted }
  var backPropagating: (any MethodKind)? {
    var control = self
    control.sweep = .backPropagation
    return control
  }

  init(_ reader: inout StrictReader) throws {
    sweep = try NudgedSignal(&reader)
    rule = try reader.choice("rule") ?? .saga
    stepSize = try reader.required("stepSize")
  }

  func write(to writer: inout RecipeWriter) throws {
    try sweep.write(to: &writer)
    try writer.write(rule, "rule")
    try writer.write(stepSize, "stepSize")
  }

  func make(
    _ weightPenalty: WeightPenalty, calibrated beta: Double?
  ) throws(SolverError) -> any MinibatchMethod {
    try FiniteSumSweep(
      signal: sweep.signal.signal, rule: rule, stepSize: stepSize, nudge: sweep.nudge,
      weightPenalty: weightPenalty)
  }
}
