/// When an inversion ends. Each rule that is set ends a measurement by itself, with its own ``InversionStop``;
/// every measurement of a batch has an end of its own.
public struct InversionStopRule: Sendable, Equatable {
  /// Iterations, at least 1.
  public let maximumIterations: Int
  /// Iterations from one look at the objective to the next, at least 1.
  public let stride: Int
  /// End when the duality gap is at most this fraction of the objective; 0 for never. Only where
  /// ``InversionReport/gap`` is known: for Tikhonov, `l1` and boxes, and, where this is not 0, for total variation
  /// of one channel under solvers that keep its dual.
  public let gap: Double
  /// End when the objective has changed by no more than this fraction in each of the last two strides; 0 for
  /// never.
  public let tolerance: Double
  /// End when the unknown has changed by no more than this fraction in a stride; 0 for never.
  public let change: Double
  /// End when `B_Psi(f, A u + b)`, not normalised, is at most this; `nil` for never. For iterations that
  /// regularise by ending early.
  public let fidelity: Double?

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    maximumIterations: Int = 2000, stride: Int = 10, gap: Double = 1e-4, tolerance: Double = 0,
    change: Double = 1e-4, fidelity: Double? = nil
  ) throws(SolverError) {
    for (name, count) in [("maximumIterations", maximumIterations), ("stride", stride)]
    where count < 1 {
      throw .outOfRange(parameter: name, value: Double(count), admissible: "at least 1")
    }
    for (name, value) in [("gap", gap), ("tolerance", tolerance), ("change", change)]
    where !(value >= 0 && value.isFinite) {
      throw .outOfRange(parameter: name, value: value, admissible: "a finite number, at least 0")
    }
    if let fidelity { try SolverError.requirePositive(fidelity, "fidelity") }
    (self.maximumIterations, self.stride, self.gap) = (maximumIterations, stride, gap)
    (self.tolerance, self.change, self.fidelity) = (tolerance, change, fidelity)
  }
}

/// Why an inversion ended.
public enum InversionStop: String, Sendable, Codable, CaseIterable, CustomStringConvertible {
  /// All iterations are done.
  case maximumIterations
  /// The duality gap is small enough.
  case gap
  /// The objective hardly changes any more.
  case tolerance
  /// The unknown hardly changes any more.
  case change
  /// The fidelity has fallen to what was asked.
  case fidelity
  /// The objective or the unknown is infinite or undefined.
  case notFinite

  /// A sentence for people.
  public var description: String {
    switch self {
    case .maximumIterations: "all iterations are done; it may not have converged"
    case .gap: "the duality gap is small enough"
    case .tolerance: "the objective hardly changes any more"
    case .change: "the unknown hardly changes any more"
    case .fidelity: "the fidelity has fallen to what was asked"
    case .notFinite: "the objective is not finite; look at start and measurement"
    }
  }

  /// Whether the end is one that was hoped for.
  public var hasConverged: Bool { self != .maximumIterations && self != .notFinite }
}
