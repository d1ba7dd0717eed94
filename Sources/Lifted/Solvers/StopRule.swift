/// When an iteration ends. Each rule that is set ends it by itself, with its own ``StopReason``.
public struct StopRule: Sendable, Equatable {
  /// Iterations (rounds or epochs), at least 1.
  public let maximumIterations: Int
  /// Stop when the value changes by no more than this fraction in one iteration; 0 for never.
  public let tolerance: Double
  /// Stop after this many iterations without a new lowest value; `nil` for never.
  public let patience: Int?
  /// Stop when this many gradient evaluations are reached; `nil` for never.
  public let maximumGradientEvaluations: Int?
  /// Stop after this many seconds; `nil` for never.
  public let maximumSeconds: Double?
  /// Stop when the forward loss has grown to this many times its least, `> 1`; `nil` for never.
  /// Variables that are kept can drift away from the network while their energy falls.
  public let forwardLossGrowth: Double?

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    maximumIterations: Int, tolerance: Double = 0, patience: Int? = nil,
    maximumGradientEvaluations: Int? = nil, maximumSeconds: Double? = nil,
    forwardLossGrowth: Double? = nil
  ) throws(SolverError) {
    try Self.requireCount(maximumIterations, "maximumIterations")
    guard tolerance >= 0, tolerance.isFinite else {
      throw .outOfRange(
        parameter: "tolerance", value: tolerance, admissible: "a finite number, at least 0")
    }
    try Self.requireCount(patience, "patience")
    try Self.requireCount(maximumGradientEvaluations, "maximumGradientEvaluations")
    if let maximumSeconds { try SolverError.requirePositive(maximumSeconds, "maximumSeconds") }
    if let growth = forwardLossGrowth, !(growth > 1 && growth.isFinite) {
      throw .outOfRange(
        parameter: "forwardLossGrowth", value: growth, admissible: "a finite number greater than 1")
    }
    self.maximumIterations = maximumIterations
    self.tolerance = tolerance
    self.patience = patience
    self.maximumGradientEvaluations = maximumGradientEvaluations
    self.maximumSeconds = maximumSeconds
    self.forwardLossGrowth = forwardLossGrowth
  }

  private static func requireCount(_ count: Int?, _ name: String) throws(SolverError) {
    guard let count, count < 1 else { return }
    throw .outOfRange(parameter: name, value: Double(count), admissible: "at least 1")
  }
}

/// Why an iteration ended.
public enum StopReason: String, Sendable, Codable, CaseIterable {
  /// All iterations are done.
  case maximumIterations
  /// The value has settled.
  case tolerance
  /// No new lowest value for too long.
  case patience
  /// The gradient evaluations are used up.
  case maximumGradientEvaluations
  /// The time is up.
  case maximumSeconds
  /// The forward loss has grown too far.
  case forwardLossGrowth
  /// The value is infinite or undefined.
  case notFinite
  /// Someone asked to stop.
  case interrupted

  /// A sentence for people, with what to do next.
  public var description: String {
    switch self {
    case .maximumIterations: "all iterations done"
    case .tolerance: "the value hardly changes any more"
    case .patience: "no better value for as long as patience allows"
    case .maximumGradientEvaluations: "the gradient evaluations are used up"
    case .maximumSeconds: "the time is up"
    case .forwardLossGrowth:
      "the forward loss grows: the variables drift away from the network; restart them more often"
    case .notFinite: "the value is not finite: it has diverged; use a smaller step, tau or nudge"
    case .interrupted: "interrupted; resume to go on"
    }
  }
}

/// What a ``StopRule`` remembers between iterations.
public struct StopWatch: Sendable, Equatable, Codable {
  /// The lowest value so far; infinite before the first.
  public var best: Double { lowest ?? .infinity }
  /// The iteration (from 1) of the lowest value; 0 before the first.
  public private(set) var bestIteration = 0
  /// Iterations observed.
  public private(set) var iterations = 0
  // Finite or absent: JSON has no infinity.
  private var lowest: Double?
  private var last: Double?
  private var leastForwardLoss: Double?

  /// Before the first iteration.
  public init() {}

  /// Whether the last value was a new lowest one.
  public var isBest: Bool { bestIteration == iterations && iterations > 0 }

  /// Takes note of an iteration's value and says whether to stop.
  /// - Parameters:
  ///   - value: what is to become small.
  ///   - seconds: seconds of work since the first iteration.
  ///   - gradientEvaluations: gradient evaluations since the first iteration.
  ///   - forwardLoss: the loss of the forward pass, for ``StopRule/forwardLossGrowth``.
  ///   - rule: what ends the iteration.
  public mutating func observe(
    _ value: Double, seconds: Double, gradientEvaluations: Int, forwardLoss: Double? = nil,
    by rule: StopRule
  ) -> StopReason? {
    iterations += 1
    let previous = last
    last = value.isFinite ? value : nil
    guard value.isFinite else { return .notFinite }
    if value < best { (lowest, bestIteration) = (value, iterations) }
    if let previous, rule.tolerance > 0, abs(previous - value) <= rule.tolerance * abs(value) {
      return .tolerance
    }
    if let patience = rule.patience, iterations - bestIteration >= patience { return .patience }
    if let forwardLoss, forwardLoss.isFinite {
      let least = min(forwardLoss, leastForwardLoss ?? forwardLoss)
      leastForwardLoss = least
      if let growth = rule.forwardLossGrowth, forwardLoss > growth * least {
        return .forwardLossGrowth
      }
    }
    if let limit = rule.maximumGradientEvaluations, gradientEvaluations >= limit {
      return .maximumGradientEvaluations
    }
    if let limit = rule.maximumSeconds, seconds >= limit { return .maximumSeconds }
    return iterations >= rule.maximumIterations ? .maximumIterations : nil
  }
}
