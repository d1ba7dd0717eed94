/// Drawings against epochs, gradient evaluations or seconds; radio buttons choose without a script.
struct AxisTabs {
  /// Tells the buttons of several such groups on one page apart.
  var group = ""
  /// The runs that are drawn.
  let runs: [ReportRun]
  /// What stands between buttons and drawings.
  var legend: HTML = ""
  /// The drawings against one axis.
  let drawings: (Abscissa) -> [HTML]

  /// Buttons, legend and drawings; a sentence if there is no history.
  var html: HTML {
    let axes = Abscissa.allCases.filter { axis in
      runs.contains { run in run.history.indices.contains { axis.value(run, $0).isFinite } }
    }
    guard let first = axes.first else {
      return "<p class=\"empty\">No history was recorded.</p>"
    }
    let tabs = axes.map { axis -> HTML in
      let id = group + "by-" + axis.rawValue
      return """
        <input type="radio" class="pick-\(axis.rawValue)" name="\(group)axis" \
        id="\(id)"\(axis == first ? " checked" : "")><label for="\(id)">\(axis.label)</label>
        """
    }
    let panels = axes.map { axis -> HTML in
      "<div class=\"panel by-\(axis.rawValue)\">\(drawings(axis))</div>"
    }
    return """
      <div class="tabs"><span class="against">against</span>\(tabs)
      \(legend)
      \(panels)</div>
      """
  }
}

extension Chart {
  /// A chart against an axis: logarithmic where one curve goes ten times as far as another, the
  /// vertical axis by its values.
  init(
    _ title: String, against axis: Abscissa, _ series: [Series], format: Axis.Format = .number,
    isWide: Bool = false
  ) {
    let ends = series.compactMap { $0.finitePoints.map(\.x).max() }.filter { $0 > 0 }
    let isFar = (ends.max() ?? 1) >= 10 * (ends.min() ?? 1)
    self.init(
      title: title, xLabel: axis.label, xScale: isFar ? .logarithmic : .linear,
      xFormat: axis == .epochs ? .whole : .number,
      yScale: format == .percent ? .linear : .automatic, yFormat: format, isWide: isWide,
      series: series)
  }
}
