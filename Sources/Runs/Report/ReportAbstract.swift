/// The opening paragraph on a run, made from its figures.
struct ReportAbstract {
  /// The run.
  let run: ReportRun

  /// One to three sentences.
  var text: String {
    guard let summary = run.summary else {
      guard let last = run.history.last else { return "The run has no history yet." }
      return "The run has reached epoch \(last.epoch), step \(FigureText.count(last.step))."
    }
    let figures = Self.figures(summary.test, on: "test")
    let reached = figures.isEmpty ? "" : " It reached \(figures.joined(separator: " and "))."
    return "Trained by \(summary.method) for \(summary.epochs) "
      + (summary.epochs == 1 ? "epoch" : "epochs")
      + " (\(FigureText.count(summary.steps)) steps) in \(FigureText.duration(summary.seconds)), "
      + "seed \(summary.seed).\(reached) Training ended: \(summary.stopReason)."
  }

  private static func figures(_ figures: [String: Double], on part: String) -> [String] {
    figures.filter { !$0.key.hasPrefix("best_") }.sorted { $0.key < $1.key }.map { name, value in
      "a \(part) \(FinalFigures.title(name)) of \(FigureText.figure(value, named: name))"
    }
  }
}
