/// The table of final figures of a task: a row for each method, means with their ranges over seeds.
struct ComparisonFigures {
  /// The task.
  let task: ComparisonContent.Task
  /// The methods' lines.
  let marks: [String: MethodMark]

  /// A figure of one part of the data over all methods.
  private struct Column {
    let part: String
    let name: String
    let spreads: [Spread?]

    /// The best mean, if there are several and it is known what is better.
    var best: Double? {
      let known = spreads.compactMap { $0?.mean }
      guard Set(known).count > 1, let order = FigureOrder(of: name) else { return nil }
      return known.min { order.isBetter($0, than: $1) }
    }
  }

  /// The table.
  var html: HTML {
    let columns = columns
    let heads = columns.map { column -> HTML in
      "<th scope=\"col\">\(column.part)<br>\(FinalFigures.title(column.name))</th>"
    }
    let rows = task.methods.indices.map { index in
      row(task.methods[index], columns.map { cell($0, index) })
    }
    return """
      <div class="wide"><table class="many"><thead><tr><th scope="col">method</th>\
      <th scope="col">runs</th>\(heads)\
      <th scope="col">epochs</th><th scope="col">time</th>\
      <th scope="col">gradient<br>evaluations</th></tr></thead>
      <tbody>\(rows)</tbody></table></div>
      <p class="missing">\(remark)</p>
      """
  }

  private var columns: [Column] {
    let parts: [(String, (Summary) -> [String: Double])] = [
      ("test", { $0.test }), ("validation", { $0.validation.filter { $0.key != "loss" } }),
      ("training", { $0.train }),
    ]
    return parts.flatMap { part, figures in
      let found = task.methods.map { $0.sound.compactMap(\.summary).map(figures) }
      return Set(found.joined().flatMap(\.keys)).sorted().map { name in
        Column(part: part, name: name, spreads: found.map { Spread($0.compactMap { $0[name] }) })
      }
    }
  }

  private func cell(_ column: Column, _ index: Int) -> HTML {
    guard let spread = column.spreads[index] else { return Self.none }
    let text = FigureText.figure(spread.mean, named: column.name)
    let range: HTML =
      spread.count > 1
      ? """
      <small>\(FigureText.range(spread.least...spread.greatest, named: column.name))</small>
      """ : ""
    let style: HTML = spread.mean == column.best ? " class=\"best\"" : ""
    return "<td\(style)>\(text)\(range)</td>"
  }

  private static let none: HTML = "<td class=\"none\">\u{2013}</td>"

  private func row(_ method: ComparedMethod, _ figures: [HTML]) -> HTML {
    let sound = method.sound.compactMap(\.summary)
    let failed = method.runs.count { $0.failure != nil }
    let unfinished = method.runs.count - method.sound.count - failed
    let runs = [
      sound.isEmpty ? nil : "\(sound.count)", failed == 0 ? nil : "\(failed) failed",
      unfinished == 0 ? nil : "\(unfinished) not ended",
    ].compactMap { $0 }.joined(separator: ", ")
    let key = marks[method.name]?.series("", []).key ?? ""
    let style: HTML = failed > 0 ? " class=\"wrong\"" : ""
    return """
      <tr><th scope="row">\(key)\(method.name)</th><td\(style)>\(runs)</td>\(figures)\
      \(mean(sound.map { Double($0.epochs) }) { FigureText.count(Int($0.rounded())) })\
      \(mean(sound.map(\.seconds), FigureText.duration))\
      \(mean(sound.map { Double($0.gradientEvaluations) }) { FigureText.count(Int($0.rounded())) })</tr>
      """
  }

  private func mean(_ values: [Double], _ text: (Double) -> String) -> HTML {
    guard let spread = Spread(values) else { return Self.none }
    return "<td>\(text(spread.mean))</td>"
  }

  /// What the numbers are, and why runs ended, said once where all agree.
  private var remark: String {
    let sound = task.methods.flatMap(\.sound)
    let isSpread = task.methods.contains { $0.runs.count > 1 }
    let what = isSpread ? "Means over seeds, least to greatest below them. " : ""
    let reasons = sound.compactMap(\.summary?.stopReason)
    guard let first = reasons.first else { return what }
    guard Set(reasons).count > 1 else { return what + "Every run ended: \(first)." }
    let each = task.methods.compactMap { method -> String? in
      let reasons = Set(method.sound.compactMap(\.summary?.stopReason)).sorted()
      return reasons.isEmpty ? nil : "\(method.name): \(reasons.joined(separator: ", "))"
    }
    return what + "Ended. " + each.joined(separator: "; ") + "."
  }
}
