/// A line chart as inline SVG inside a `figure`, drawn in the colours of the page.
struct Chart {
  /// What is shown, above the drawing.
  var title: String
  /// Label of the horizontal axis.
  var xLabel: String
  /// How the horizontal axis is laid out.
  var xScale = Axis.Scale.linear
  /// How its labels are written.
  var xFormat = Axis.Format.number
  /// How the vertical axis is laid out.
  var yScale = Axis.Scale.automatic
  /// How its labels are written.
  var yFormat = Axis.Format.number
  /// Whether the drawing is to fill the width of the page.
  var isWide = false
  /// The curves.
  var series: [Series]

  /// Height of the drawing, more for many curves; widths and heights are in CSS pixels at full size.
  private var height: Double {
    isWide ? max(300, min(760, 80 + 16 * Double(named.count))) : 300
  }
  private var width: Double { isWide ? 1020 : 500 }
  private var plot: (left: Double, right: Double, top: Double, bottom: Double) {
    (left: 66, right: width - (hasEndLabels ? 178 : 12), top: 10, bottom: height - 46)
  }
  private var named: [Series] { series.filter { !$0.isThin } }
  private var hasEndLabels: Bool { isWide && named.count > 1 }

  /// The figure; a sentence in place of the drawing if there is nothing finite to draw.
  var html: HTML {
    let finite = series.flatMap(\.finitePoints)
    guard
      let x = Axis(covering: finite.map(\.x), scale: xScale, format: xFormat, margin: 0.02),
      let y = Axis(covering: finite.map(\.y), scale: yScale, format: yFormat, margin: 0.06)
    else {
      return figure("", body: "<p class=\"empty\">No finite value was recorded.</p>")
    }
    let drawing: HTML = """
      <svg viewBox="0 0 \(at: width) \(at: height)" role="img" \
      aria-label="\(description)">
      \(horizontalLines(y))
      \(verticalLines(x))
      <text class="label" x="\(at: (plot.left + plot.right) / 2)" \
      y="\(at: height - 6)" text-anchor="middle">\
      \(xLabel + (x.isLogarithmic ? " (log)" : ""))</text>
      \(series.map { curve($0, x, y) })
      \(endLabels(x, y))
      </svg>\(missing(x, y))
      """
    return figure(y.isLogarithmic ? "log axis" : "", body: drawing)
  }

  private func figure(_ remark: String, body: HTML) -> HTML {
    """
    <figure class="chart"><figcaption>\(title) <small>\(remark)</small></figcaption>\(body)</figure>
    """
  }

  /// The chart in words, for those who cannot see it.
  private var description: String {
    let curves = named.compactMap { curve -> String? in
      let points = curve.finitePoints
      guard let first = points.first, let last = points.last else { return nil }
      return "\(curve.name): from \(FigureText.number(first.y)) to \(FigureText.number(last.y))"
    }
    return "\(title) against \(xLabel). " + curves.joined(separator: "; ")
  }

  private func horizontalLines(_ axis: Axis) -> [HTML] {
    axis.ticks.compactMap { tick in
      guard let place = axis.place(of: tick) else { return nil }
      let y = plot.bottom - place * (plot.bottom - plot.top)
      return """
        <line class="grid" x1="\(at: plot.left)" y1="\(at: y)" \
        x2="\(at: plot.right)" y2="\(at: y)"/>\
        <text class="tick" x="\(at: plot.left - 8)" y="\(at: y + 4)" text-anchor="end">\
        \(axis.label(tick))</text>
        """
    }
  }

  private func verticalLines(_ axis: Axis) -> [HTML] {
    let base = plot.bottom
    let line: HTML = """
      <line class="axis" x1="\(at: plot.left)" y1="\(at: base)" \
      x2="\(at: plot.right)" y2="\(at: base)"/>
      """
    return [line]
      + axis.ticks.compactMap { tick in
        guard let place = axis.place(of: tick) else { return nil }
        let x = plot.left + place * (plot.right - plot.left)
        return """
          <line class="axis" x1="\(at: x)" y1="\(at: base)" x2="\(at: x)" y2="\(at: base + 5)"/>\
          <text class="tick" x="\(at: x)" y="\(at: base + 19)" text-anchor="middle">\
          \(axis.label(tick))</text>
          """
      }
  }

  private func curve(_ series: Series, _ x: Axis, _ y: Axis) -> HTML {
    let spots = series.thinnedPoints.map { Spot($0, x, y, in: plot) }
    let every = max(1, spots.count / 50)
    let marked =
      series.isThin
      ? []
      : spots.indices.filter {
        $0 % every == 0 || $0 == spots.count - 1
      }
    let markers = marked.compactMap { index in
      spots[index]?.marker(
        of: series, in: self, isDot: every == 1 && named.count <= Self.mostDotted)
    }
    return """
      <g style="\(series.tint.style)"><path class="\(series.lineClass)" d="\(path(spots))"/>
      \(markers)</g>
      """
  }

  /// Curves of which every point is marked; with more of them dots hide lines.
  private static let mostDotted = 6

  private func endLabels(_ x: Axis, _ y: Axis) -> HTML {
    guard hasEndLabels else { return "" }
    let ends = named.compactMap { series in
      series.finitePoints.last.flatMap { Spot($0, x, y, in: plot) }.map {
        EndLabels.End(series: series, x: $0.x, y: $0.y)
      }
    }
    return EndLabels(ends: ends, left: plot.right + 14, heights: plot.top...plot.bottom).html
  }

  private func path(_ spots: [Spot?]) -> String {
    var isDrawing = false
    let moves = spots.map { spot -> HTML in
      guard let spot else {
        isDrawing = false
        return ""
      }
      defer { isDrawing = true }
      return "\(isDrawing ? "L" : "M")\(at: spot.x) \(at: spot.y)"
    }
    return moves.map(\.markup).joined()
  }

  /// A sentence on the points that cannot be shown.
  private func missing(_ x: Axis, _ y: Axis) -> HTML {
    let hidden = series.flatMap(\.points).count { point in
      (point.y.isInfinite || x.place(of: point.x) == nil || y.place(of: point.y) == nil)
    }
    guard hidden > 0 else { return "" }
    let what = y.isLogarithmic ? "zero, negative or not finite" : "not finite"
    return "<p class=\"missing\">Not drawn: \(hidden) points, \(what).</p>"
  }

  /// A point on paper.
  private struct Spot {
    let x: Double
    let y: Double
    let point: Series.Point

    init?(
      _ point: Series.Point, _ xAxis: Axis, _ yAxis: Axis,
      in plot: (left: Double, right: Double, top: Double, bottom: Double)
    ) {
      guard let across = xAxis.place(of: point.x), let up = yAxis.place(of: point.y) else {
        return nil
      }
      x = plot.left + across * (plot.right - plot.left)
      y = plot.bottom - up * (plot.bottom - plot.top)
      self.point = point
    }

    func marker(of series: Series, in chart: Chart, isDot: Bool) -> HTML {
      let value =
        chart.yFormat == .percent
        ? FigureText.percent(point.y) : FigureText.number(point.y)
      let isCount = point.x == point.x.rounded() && abs(point.x) < 1e15
      let place = isCount ? FigureText.count(Int(point.x)) : FigureText.number(point.x)
      let hint = "\(series.name)\n\(chart.xLabel) \(place): \(value)"
      let dot: HTML =
        isDot ? "<circle class=\"dot\" cx=\"\(at: x)\" cy=\"\(at: y)\" r=\"2.4\"/>" : ""
      return """
        <g>\(dot)<circle class="touch" cx="\(at: x)" cy="\(at: y)" r="7">\
        <title>\(hint)</title></circle></g>
        """
    }
  }
}
