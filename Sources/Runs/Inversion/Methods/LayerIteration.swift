import Lifted
import Tensors

/// What all rules for a single layer have in common: when they end, how measurements are prepared, and whether the
/// answer is polished.
struct LayerIteration: Sendable, Equatable {
  /// The most iterations of a solve.
  var iterations = 2000
  /// The duality gap at which it ends, relative to the objective; 0 for never. Under total variation a look at the
  /// gap costs as much as hundreds of iterations.
  var gap = 0.0
  /// The relative change in a stride at which it ends.
  var change = 2e-5
  /// Measurements below so many standard deviations of the noise count as zero where the range starts there;
  /// `nil` for as many as noise hardly exceeds.
  var threshold: Double?
  /// Whether a least-squares polish is tried, and kept where it helps.
  var polish = true

  init() {}

  init(_ reader: inout StrictReader) throws {
    iterations = try reader.optional("iterations") ?? iterations
    try reader.require(iterations, in: 1...10_000_000, "iterations")
    (gap, change) = (try reader.optional("gap") ?? gap, try reader.optional("change") ?? change)
    threshold = try reader.optional("threshold")
    polish = try reader.optional("polish") ?? polish
    let made = self
    _ = try reader.checked { try made.rule(fidelity: nil) }
    _ = try reader.checked("threshold") { try MeasurementPreparation(deviations: made.threshold) }
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(iterations, "iterations")
    try writer.write(gap, "gap")
    try writer.write(change, "change")
    if let threshold { try writer.write(threshold, "threshold") }
    try writer.write(polish, "polish")
  }

  func rule(fidelity: Double?) throws(SolverError) -> InversionStopRule {
    try InversionStopRule(
      maximumIterations: iterations, gap: gap, change: change, fidelity: fidelity)
  }
}
