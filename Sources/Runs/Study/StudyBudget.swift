import Lifted

/// What every run of a study may use: `{epochs: 5, gradientEvaluations: 20000, seconds: 60}`.
///
/// At least one of the three. Each takes the place of the recipe's own limit, and of a method's; a run ends after the epoch
/// in which the first of its limits is reached.
public struct StudyBudget: Sendable, Equatable, Decodable {
  /// Passes over the training samples, at least 1; the schedule ends with the last.
  public let epochs: Int?
  /// Gradient evaluations, at least 1; the schedule ends with the epoch in which they are reached.
  public let gradientEvaluations: Int?
  /// Seconds of training, more than 0; validation and files are left out. They cannot be foreseen: a
  /// schedule does not end with them.
  public let seconds: Double?

  public init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    epochs = try reader.optional("epochs")
    gradientEvaluations = try reader.optional("gradientEvaluations")
    seconds = try reader.optional("seconds")
    try reader.finish()
    guard epochs != nil || gradientEvaluations != nil || seconds != nil else {
      throw reader.error(nil, "give at least one of epochs, gradientEvaluations, seconds")
    }
    try reader.require(epochs, in: 1...1_000_000, "epochs")
    let budget = self
    _ = try reader.checked {
      try StopRule(
        maximumIterations: budget.epochs ?? 1,
        maximumGradientEvaluations: budget.gradientEvaluations, maximumSeconds: budget.seconds)
    }
  }

  /// `5 epochs or 30.0 s, whichever comes first`.
  public var summary: String {
    let parts = [
      epochs.map { $0 == 1 ? "1 epoch" : "\(FigureText.count($0)) epochs" },
      gradientEvaluations.map { "\(FigureText.count($0)) gradient evaluations" },
      seconds.map(FigureText.duration),
    ].compactMap { $0 }
    return parts.joined(separator: " or ") + (parts.count > 1 ? ", whichever comes first" : "")
  }
}
