/// Losses and metric of one run against epochs, gradient evaluations and seconds.
struct CurveSection {
  /// The run.
  let run: ReportRun

  /// The section.
  var html: HTML {
    let tabs = AxisTabs(runs: [run]) { axis in [lossChart(axis), metricChart(axis)] }
    return "<section id=\"curves\"><h2>Curves</h2>\(tabs.html)</section>"
  }

  private func metricChart(_ axis: Abscissa) -> HTML {
    Chart(
      "Validation \(run.metric.name)", against: axis,
      [curve(run.name, axis, 0) { $0.validationMetric }],
      format: run.metric == .accuracy ? .percent : .number
    ).html
  }

  private func lossChart(_ axis: Abscissa) -> HTML {
    let all = [
      curve("training loss", axis, 0) { $0.trainingLoss },
      curve("validation loss", axis, 1, .dashed) { $0.validationLoss },
    ].filter { !$0.finitePoints.isEmpty }
    return "<div>\(Chart("Loss", against: axis, all).html)\(Legend(series: all).html)</div>"
  }

  private func curve(
    _ name: String, _ axis: Abscissa, _ number: Int, _ stroke: Stroke = .solid,
    _ value: (HistoryRow) -> Double?
  ) -> Series {
    Series(
      name: name, tint: .ofRun(number), stroke: stroke, points: run.points(value, against: axis))
  }
}

extension ReportRun {
  /// A figure of the history against an axis, without the rows that do not have it.
  func points(_ value: (HistoryRow) -> Double?, against axis: Abscissa) -> [Series.Point] {
    history.enumerated().compactMap { index, row in
      value(row).map { Series.Point(x: axis.value(self, index), y: $0) }
    }
  }
}
