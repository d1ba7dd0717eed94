import Foundation

/// Tables and curves of measurements that are no runs, as one self-contained HTML page.
///
///     try FigurePage(title: "Rates", abstract: "...", sections: [section]).write(to: url)
///
/// Everything that is given is shown as text; nothing is loaded from elsewhere.
public struct FigurePage: Sendable {
  /// One curve.
  public struct Curve: Sendable {
    /// Name beside its line.
    public let name: String
    /// Heights over the horizontal axis, from left to right; what is not finite is left out.
    public let points: [(x: Double, y: Double)]
    /// Whether the line is dashed, as for bounds.
    public let isDashed: Bool

    /// A curve through points.
    public init(_ name: String, _ points: [(x: Double, y: Double)], isDashed: Bool = false) {
      (self.name, self.points, self.isDashed) = (name, points, isDashed)
    }
  }

  /// One measurement: a few words, a table, a chart.
  public struct Section: Sendable {
    /// The heading.
    public let title: String
    /// What is measured and how to read it.
    public let text: String
    /// The table, its head first; rows are as long as the head.
    public let table: [[String]]
    /// What the chart shows over what.
    public let axes: (y: String, x: String)
    /// The curves; the vertical axis is logarithmic where they span a factor of 20.
    public let curves: [Curve]

    /// A measurement. See the properties of the same names.
    public init(
      title: String, text: String, table: [[String]], axes: (y: String, x: String),
      curves: [Curve]
    ) {
      (self.title, self.text, self.table) = (title, text, table)
      (self.axes, self.curves) = (axes, curves)
    }
  }

  private let title: String
  private let abstract: String
  private let sections: [Section]

  /// A page of sections under a title and a sentence or two.
  public init(title: String, abstract: String, sections: [Section]) {
    (self.title, self.abstract, self.sections) = (title, abstract, sections)
  }

  /// Writes the page, replacing an earlier one.
  /// - Throws: ``RunFolderError`` if it cannot be written.
  public func write(to url: URL) throws(RunFolderError) { try page.write(to: url) }

  /// The page.
  public var html: String { page.html }

  private var page: Page {
    Page(title: title, kicker: "measurements", abstract: abstract, sections: sections.map(\.html))
  }
}

extension FigurePage.Section {
  fileprivate var html: HTML {
    let series = curves.enumerated().map { index, curve in
      Series(
        name: curve.name, tint: .ofRun(index), stroke: curve.isDashed ? .dashed : .solid,
        points: curve.points.map { Series.Point(x: $0.x, y: $0.y) })
    }
    let chart = Chart(title: axes.y, xLabel: axes.x, isWide: true, series: series)
    return """
      <section><h2>\(title)</h2><p>\(text)</p>
      <div class="wide"><table class="few">\(table.isEmpty ? "" : head)
      <tbody>\(table.dropFirst().map { row($0) })</tbody></table></div>
      <div style="margin-top: 28px">\(chart.html)</div></section>
      """
  }

  private var head: HTML {
    let cells = table[0].map { cell -> HTML in "<th scope=\"col\">\(cell)</th>" }
    return "<thead><tr>\(cells)</tr></thead>"
  }

  private func row(_ cells: [String]) -> HTML {
    let numbers = cells.dropFirst().map { cell -> HTML in "<td>\(cell)</td>" }
    return "<tr><th scope=\"row\">\(cells.first ?? "")</th>\(numbers)</tr>"
  }
}
