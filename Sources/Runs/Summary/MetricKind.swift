/// What the validation metric of a run measures.
public enum MetricKind: String, Codable, Sendable, CaseIterable {
  /// Fraction of samples classified correctly, in `0...1`; larger is better.
  case accuracy
  /// Mean squared error per element; smaller is better.
  case meanSquaredError = "mse"

  /// The name in running text.
  public var name: String {
    switch self {
    case .accuracy: "accuracy"
    case .meanSquaredError: "MSE"
    }
  }

  /// A value as people read it: `88.12 %`, `0.01556`.
  public func text(_ value: Double) -> String {
    switch self {
    case .accuracy: FigureText.percent(value)
    case .meanSquaredError: FigureText.number(value)
    }
  }
}
