import Lifted

/// What a method does with a batch, as a recipe states it; the word is that after `kind:`.
protocol MethodKind: RecipeRule {
  /// What it is, in a few words.
  var summary: String { get }
  /// Gradient evaluations on each batch; more than one is worth a word in the report.
  var rounds: Int { get }
  /// Whether it lifts; what does not has no controls.
  var isLifted: Bool { get }
  /// The same updates with back-propagated errors; nil where no update takes errors.
  var backPropagating: (any MethodKind)? { get }
  /// The method, `beta` being the calibrated nudge where it was left to calibration.
  func make(_ weightPenalty: WeightPenalty, calibrated beta: Double?) throws(SolverError)
    -> any MinibatchMethod
}

extension MethodKind {
  var rounds: Int { 1 }
  var isLifted: Bool { true }
  var backPropagating: (any MethodKind)? { nil }
}
