/// What curves are drawn against, and methods are compared at.
enum Abscissa: String, CaseIterable {
  case epochs
  case gradients
  case seconds

  /// The label of the axis.
  var label: String {
    switch self {
    case .epochs: "epoch"
    case .gradients: "gradient evaluations"
    case .seconds: "seconds"
    }
  }

  /// Where a row of a run's history lies; not-a-number where that is not known.
  func value(_ run: ReportRun, _ index: Int) -> Double {
    switch self {
    case .epochs: Double(run.history[index].epoch)
    case .gradients: Double(run.history[index].gradientEvaluations)
    case .seconds: index < run.seconds.count ? run.seconds[index] : .nan
    }
  }

  /// So much of it, in words: `5 epochs`, `20 000 gradient evaluations`, `3.2 s`.
  func amount(_ value: Double) -> String {
    switch self {
    case .epochs: value == 1 ? "1 epoch" : "\(FigureText.count(Int(value))) epochs"
    case .gradients: "\(FigureText.count(Int(value))) gradient evaluations"
    case .seconds: FigureText.duration(value)
    }
  }
}
