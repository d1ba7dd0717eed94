/// Loss and metric of all runs against epochs, gradient evaluations and seconds; radio buttons
/// choose the axis without a script.
struct CurveSection {
  /// The runs.
  let runs: [ReportRun]

  /// What the curves are drawn against.
  private enum Abscissa: String, CaseIterable {
    case epochs
    case gradients
    case seconds

    var label: String {
      switch self {
      case .epochs: "epoch"
      case .gradients: "gradient evaluations"
      case .seconds: "seconds"
      }
    }

    func value(_ run: ReportRun, _ index: Int) -> Double {
      switch self {
      case .epochs: Double(run.history[index].epoch)
      case .gradients: Double(run.history[index].gradientEvaluations)
      case .seconds: index < run.seconds.count ? run.seconds[index] : .nan
      }
    }
  }

  /// The section.
  var html: HTML {
    let axes = Abscissa.allCases.filter { axis in
      runs.contains { run in run.history.indices.contains { axis.value(run, $0).isFinite } }
    }
    guard let first = axes.first else {
      return section("<p class=\"empty\">No history was recorded.</p>")
    }
    let tabs = axes.map { axis -> HTML in
      """
      <input type="radio" name="axis" id="by-\(axis.rawValue)"\(axis == first ? " checked" : "")>\
      <label for="by-\(axis.rawValue)">\(axis.label)</label>
      """
    }
    let panels = axes.map { axis -> HTML in
      "<div class=\"panel by-\(axis.rawValue)\">\(charts(axis))</div>"
    }
    let legend = Legend(series: runs.count > 1 ? curves(.epochs, { _ in 0 }) : [])
    return section(
      """
      <div class="tabs"><span class="against">against</span>\(tabs)
      \(legend.html)
      \(panels)</div>
      """)
  }

  private func section(_ body: HTML) -> HTML {
    "<section id=\"curves\"><h2>Curves</h2>\(body)</section>"
  }

  private func charts(_ axis: Abscissa) -> [HTML] {
    let metric = runs.map(\.metric).first ?? .accuracy
    let metricChart = chart(
      "Validation \(metric.name)", axis, curves(axis) { $0.validationMetric },
      format: metric == .accuracy ? .percent : .number, isWide: runs.count > 1)
    guard runs.count > 1 else { return [lossChart(axis), metricChart] }
    return [
      "<div class=\"full\">\(metricChart)</div>",
      chart("Training loss", axis, curves(axis) { $0.trainingLoss }),
      chart("Validation loss", axis, curves(axis) { $0.validationLoss }),
    ]
  }

  /// Training and validation loss of a single run in one drawing.
  private func lossChart(_ axis: Abscissa) -> HTML {
    var training = curves(axis) { $0.trainingLoss }
    var validation = curves(axis) { $0.validationLoss }
    for index in training.indices {
      training[index].name = "training loss"
      validation[index].name = "validation loss"
      validation[index].tint = Tint.ofRun(1)
      validation[index].isDashed = true
    }
    let all = (training + validation).filter { !$0.finitePoints.isEmpty }
    return "<div>\(chart("Loss", axis, all))\(Legend(series: all).html)</div>"
  }

  private func chart(
    _ title: String, _ axis: Abscissa, _ series: [Series], format: Axis.Format = .number,
    isWide: Bool = false
  ) -> HTML {
    Chart(
      title: title, xLabel: axis.label, xScale: scale(of: series, axis),
      xFormat: axis == .epochs ? .whole : .number,
      yScale: format == .percent ? .linear : .automatic, yFormat: format,
      isWide: isWide, series: series
    ).html
  }

  /// Logarithmic where one run goes ten times as far as another.
  private func scale(of series: [Series], _ axis: Abscissa) -> Axis.Scale {
    let ends = series.compactMap { $0.finitePoints.map(\.x).max() }.filter { $0 > 0 }
    return (ends.max() ?? 1) >= 10 * (ends.min() ?? 1) ? .logarithmic : .linear
  }

  private func curves(_ axis: Abscissa, _ value: (HistoryRow) -> Double?) -> [Series] {
    runs.enumerated().map { number, run in
      Series(
        name: run.name, tint: .ofRun(number),
        points: run.history.enumerated().compactMap { index, row in
          value(row).map { Series.Point(x: axis.value(run, index), y: $0) }
        })
    }
  }
}
