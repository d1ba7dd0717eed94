import Lifted

/// When ranks get new weights and when their gradients are used, in steps of the rank that takes them.
public enum Arrivals: Sendable, Equatable {
  /// Rank `p` gets the weights of every step `k >= 1` with `k = p + 1` modulo `period`; its gradient there
  /// is used from step `k + delays[p mod count]` on. Waits until it is there, so that the outcome is a
  /// function of the schedule alone.
  case scheduled(period: Int, delays: [Int])
  /// Whatever is there when a step is taken, so that fast ranks answer more often than slow ones; waits
  /// only where a gradient would become older than `bound` steps. Different at each run.
  case asTheyCome(bound: Int)

  /// `K`, the greatest age of a gradient in steps: `period - 1 + max delay`, or the bound.
  public var bound: Int {
    switch self {
    case .scheduled(let period, let delays): period - 1 + (delays.max() ?? 0)
    case .asTheyCome(let bound): bound
    }
  }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  func check() throws(SolverError) {
    let values: [(String, Int, least: Int)] =
      switch self {
      case .scheduled(let period, let delays):
        [("period", period, 1), ("delays", delays.count, 1)] + delays.map { ("a delay", $0, 0) }
      case .asTheyCome(let bound): [("bound", bound, 1)]
      }
    for (name, value, least) in values where value < least {
      throw .outOfRange(
        parameter: name, value: Double(value), admissible: "at least \(least)")
    }
  }
}
