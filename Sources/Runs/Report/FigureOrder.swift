/// Which of two values of a figure is the better one, known from the figure's name.
enum FigureOrder {
  case largerIsBetter
  case smallerIsBetter

  /// Nil for a figure whose name tells nothing.
  init?(of name: String) {
    switch name.split(separator: "_").last {
    case "accuracy", "psnr", "ssim": self = .largerIsBetter
    case "loss", "mse", "error": self = .smallerIsBetter
    default: return nil
    }
  }

  /// Whether the first value is strictly better.
  func isBetter(_ value: Double, than other: Double) -> Bool {
    switch self {
    case .largerIsBetter: value > other
    case .smallerIsBetter: value < other
    }
  }
}
