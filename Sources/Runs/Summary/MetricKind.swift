/// What the validation metric of a run measures.
public enum MetricKind: String, Codable, Sendable, CaseIterable {
  /// Fraction of samples classified correctly, in `0...1`; larger is better.
  case accuracy
  /// Mean squared error per element; smaller is better.
  case meanSquaredError = "mse"
  /// Peak signal-to-noise ratio in dB, data range 1, the mean over whole pictures; larger is better.
  case psnr

  /// The name in running text.
  public var name: String {
    switch self {
    case .accuracy: "accuracy"
    case .meanSquaredError: "MSE"
    case .psnr: "PSNR"
    }
  }

  /// A value as people read it: `88.12 %`, `0.01556`.
  public func text(_ value: Double) -> String {
    switch self {
    case .accuracy: FigureText.percent(value)
    case .meanSquaredError: FigureText.number(value)
    case .psnr: FigureText.figure(value, named: rawValue)
    }
  }

  /// The metric of a task.
  init(of task: DataRecipe.Task) {
    self =
      switch task {
      case .classification: .accuracy
      case .reconstruction: .meanSquaredError
      case .restoration: .psnr
      }
  }

  /// A value that is the smaller, the better the metric.
  func cost(_ value: Double) -> Double {
    switch self {
    case .accuracy: 1 - value
    case .meanSquaredError: value
    case .psnr: -value
    }
  }
}
