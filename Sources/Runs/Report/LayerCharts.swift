/// Penalty, consistency gap and active fraction of each layer over the epochs.
struct LayerCharts {
  /// The runs.
  let runs: [ReportRun]

  /// The charts, folded run by run if there are several; nothing if no run recorded its layers.
  var html: HTML {
    let shown = runs.filter { run in run.history.contains { !$0.layers.isEmpty } }
    guard !shown.isEmpty else { return "" }
    let bodies = shown.map { run -> HTML in
      guard runs.count > 1 else { return charts(run) }
      return """
        <details><summary>\(run.name)</summary>\(charts(run))</details>
        """
    }
    return "\(bodies)"
  }

  private func charts(_ run: ReportRun) -> HTML {
    let quantities: [(String, Axis.Format, (LayerRecord) -> Double)] = [
      ("Penalty", .number, { $0.penalty }), ("Consistency gap", .number, { $0.consistencyGap }),
      ("Active fraction", .percent, { $0.activeFraction }),
    ]
    var absent: [String] = []
    var drawings: [HTML] = []
    for (title, format, value) in quantities {
      let series = curves(run, value)
      if series.contains(where: { $0.finitePoints.contains { $0.y != 0 } }) {
        drawings.append(chart(title, format, series))
      } else {
        absent.append(title.lowercased())
      }
    }
    let remark: HTML =
      absent.isEmpty
      ? "" : "<p class=\"missing\">Zero or not measured: \(absent.joined(separator: ", ")).</p>"
    return """
      \(Legend(series: curves(run) { _ in 0 }).html)
      <div class="triple">\(drawings)</div>\(remark)
      """
  }

  private func chart(_ title: String, _ format: Axis.Format, _ series: [Series]) -> HTML {
    Chart(
      title: title, xLabel: "epoch", xFormat: .whole,
      yScale: format == .percent ? .linear : .automatic, yFormat: format, series: series
    ).html
  }

  private func curves(_ run: ReportRun, _ value: (LayerRecord) -> Double) -> [Series] {
    let count = run.history.map(\.layers.count).max() ?? 0
    return (0..<count).map { layer in
      Series(
        name: run.layerName(layer), tint: .ofLayer(layer, of: count),
        points: run.history.filter { layer < $0.layers.count }.map { row in
          Series.Point(x: Double(row.epoch), y: value(row.layers[layer]))
        })
    }
  }
}
