/// The opening paragraph, made from the figures of the runs.
struct ReportAbstract {
  /// The runs.
  let runs: [ReportRun]

  /// One to three sentences.
  var text: String {
    switch runs.count {
    case 0: "No run to report on."
    case 1: single(runs[0])
    default: several
    }
  }

  private func single(_ run: ReportRun) -> String {
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

  private var several: String {
    let opening = "\(runs.count) runs side by side."
    let summaries = runs.compactMap { run in run.summary.map { (run.name, $0) } }
    let names = Set(summaries.flatMap { $0.1.test.keys }).filter(Self.isPlain).sorted()
    let best = names.compactMap { name -> String? in
      guard let order = FigureOrder(of: name) else { return nil }
      let known = summaries.compactMap { run, summary in summary.test[name].map { (run, $0) } }
        .filter { $0.1.isFinite }
      guard let winner = known.min(by: { order.isBetter($0.1, than: $1.1) }) else { return nil }
      let figure = FigureText.figure(winner.1, named: name)
      return "best test \(FinalFigures.title(name)) \(figure) (\(winner.0))"
    }
    guard !best.isEmpty else { return opening }
    return "\(runs.count) runs side by side: \(best.joined(separator: ", "))."
  }

  private static func figures(_ figures: [String: Double], on part: String) -> [String] {
    figures.filter { isPlain($0.key) }.sorted { $0.key < $1.key }.map { name, value in
      "a \(part) \(FinalFigures.title(name)) of \(FigureText.figure(value, named: name))"
    }
  }

  /// Figures of the last weights; those of the best weights stay in the table.
  private static func isPlain(_ name: String) -> Bool { !name.hasPrefix("best_") }
}
