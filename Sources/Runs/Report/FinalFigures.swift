/// The final figures of one run, a row for each metric.
struct FinalFigures {
  /// The run.
  let run: ReportRun

  /// The section.
  var html: HTML { "<section id=\"figures\"><h2>Final figures</h2>\(figures)</section>" }

  /// A metric's name as people write it.
  static func title(_ name: String) -> String {
    name.split(separator: "_").map {
      ["mse", "psnr", "ssim"].contains($0) ? $0.uppercased() : "\($0)"
    }
    .joined(separator: " ")
  }

  private var figures: HTML {
    guard let summary = run.summary else { return "<p class=\"empty\">The run has not ended.</p>" }
    let tiles =
      summary.test.sorted { $0.key < $1.key }.prefix(2).map { name, value in
        tile("test \(Self.title(name))", FigureText.figure(value, named: name))
      } + [
        tile("training time", FigureText.duration(summary.seconds)),
        tile("gradient evaluations", FigureText.count(summary.gradientEvaluations)),
        tile("peak memory", FigureText.memory(summary.peakMemoryBytes)),
      ]
    return """
      <dl class="tiles">\(tiles)</dl>
      \(metricTable(summary))
      """
  }

  private func tile(_ name: String, _ value: String) -> HTML {
    "<div><dt>\(name)</dt><dd>\(value)</dd></div>"
  }

  private func metricTable(_ summary: Summary) -> HTML {
    let parts = [summary.train, summary.validation, summary.test]
    let names = Set(parts.flatMap(\.keys)).sorted()
    guard !names.isEmpty else { return "" }
    let rows = names.map { name -> HTML in
      let cells = parts.map { part in cell(part[name].map { FigureText.figure($0, named: name) }) }
      return "<tr><th scope=\"row\">\(Self.title(name))</th>\(cells)</tr>"
    }
    return """
      <div class="wide"><table class="few"><thead><tr><td></td><th scope="col">training</th>\
      <th scope="col">validation</th><th scope="col">test</th></tr></thead>
      <tbody>\(rows)</tbody></table></div>
      """
  }

  private func cell(_ text: String?) -> HTML {
    guard let text else { return "<td class=\"none\">\u{2013}</td>" }
    return "<td>\(text)</td>"
  }
}
