/// The table of final figures: for one run a row for each metric, for several a row for each run.
struct FinalFigures {
  /// The runs.
  let runs: [ReportRun]

  /// The section.
  var html: HTML {
    let table = runs.count == 1 ? single(runs[0]) : several
    return "<section id=\"figures\"><h2>Final figures</h2>\(table)</section>"
  }

  /// A metric's name as people write it.
  static func title(_ name: String) -> String {
    name.split(separator: "_").map {
      ["mse", "psnr", "ssim"].contains($0) ? $0.uppercased() : "\($0)"
    }
    .joined(separator: " ")
  }

  private func single(_ run: ReportRun) -> HTML {
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

  private func cell(_ text: String?, isBest: Bool = false) -> HTML {
    guard let text else { return "<td class=\"none\">\u{2013}</td>" }
    return isBest ? "<td class=\"best\">\(text)</td>" : "<td>\(text)</td>"
  }

  /// A metric of one part of the data over all runs.
  private struct Column {
    let part: String
    let name: String
    let values: [Double?]

    /// The best value, if there are several and it is known what is better.
    var best: Double? {
      let known = values.compactMap { $0 }.filter(\.isFinite)
      guard Set(known).count > 1, let order = FigureOrder(of: name) else { return nil }
      return known.min { order.isBetter($0, than: $1) }
    }
  }

  private var columns: [Column] {
    let parts: [(String, (Summary) -> [String: Double])] = [
      ("test", { $0.test }), ("validation", { $0.validation }), ("training", { $0.train }),
    ]
    return parts.flatMap { part, figures in
      let found = runs.map { $0.summary.map(figures) ?? [:] }
      return Set(found.flatMap(\.keys)).sorted().map { name in
        Column(part: part, name: name, values: found.map { $0[name] })
      }
    }
  }

  private var several: HTML {
    let columns = columns
    let heads = columns.map { column -> HTML in
      "<th scope=\"col\">\(column.part)<br>\(Self.title(column.name))</th>"
    }
    let rows = runs.indices.map { index in
      let figures = columns.map { column -> HTML in
        let value = column.values[index]
        let text = value.map { FigureText.figure($0, named: column.name) }
        return cell(text, isBest: value != nil && value == column.best)
      }
      return row(runs[index], index: index, figures: figures)
    }
    return """
      <div class="wide"><table class="many"><thead><tr><th scope="col">run</th>\(heads)\
      <th scope="col">epochs</th><th scope="col">time</th>\
      <th scope="col">gradient<br>evaluations</th><th scope="col">peak<br>memory</th>\
      <th scope="col">seed</th></tr></thead>
      <tbody>\(rows)</tbody></table></div>
      <p class="missing">\(endings)</p>
      """
  }

  /// Why each run ended, said once where all agree.
  private var endings: String {
    let reasons = runs.map { $0.summary?.stopReason ?? "has not ended" }
    guard Set(reasons).count > 1 else { return "Every run ended: \(reasons.first ?? "none")." }
    let each = zip(runs, reasons).map { "\($0.name): \($1)" }
    return "Ended. " + each.joined(separator: "; ") + "."
  }

  private func row(_ run: ReportRun, index: Int, figures: [HTML]) -> HTML {
    let summary = run.summary
    let costs = [
      cell(summary.map { "\($0.epochs)" }),
      cell(summary.map { FigureText.duration($0.seconds) }),
      cell(summary.map { FigureText.count($0.gradientEvaluations) }),
      cell(summary.map { FigureText.memory($0.peakMemoryBytes) }),
      cell(summary.map { "\($0.seed)" }),
    ]
    return """
      <tr><th scope="row"><i class="swatch" style="\(Tint.ofRun(index).style)"></i>\(run.name)</th>\
      \(figures)\(costs)</tr>
      """
  }
}
