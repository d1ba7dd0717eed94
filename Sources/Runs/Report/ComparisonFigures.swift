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

    /// The best mean and all whose range overlaps with its range, if some do not and it is known
    /// what is better.
    var best: [Spread] {
      guard let order = FigureOrder(of: name) else { return [] }
      let known = spreads.compactMap { $0 }
      let leaders = Spread.leaders(known, order)
      return leaders.count < known.count ? leaders : []
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
      <div class="wide"><table class="many\(hasControls ? " grouped" : "")"><thead><tr>\
      <th scope="col">method</th><th scope="col">runs</th>\(heads)\
      <th scope="col">epochs</th><th scope="col">gradient<br>evaluations</th>\
      <th scope="col">training<br>time</th><th scope="col">CPU<br>time</th></tr></thead>
      <tbody>\(rows)</tbody></table></div>
      <p class="missing">\(remark)</p>
      """
  }

  private var hasControls: Bool { task.methods.contains { $0.control != nil } }

  private var columns: [Column] {
    let parts: [(String, (Summary) -> [String: Double])] = [
      ("test", { $0.test }), ("validation", { $0.validation.filter { $0.key != "loss" } }),
      ("training", { $0.train.filter { $0.key != "loss" } }),
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
    let style: HTML = column.best.contains(spread) ? " class=\"best\"" : ""
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
    let style: HTML = failed > 0 ? " class=\"wrong\"" : ""
    return """
      \(head(method))<td\(style)>\(runs)</td>\(figures)\
      \(mean(sound.map { Double($0.epochs) }) { FigureText.count(Int($0.rounded())) })\
      \(mean(sound.map { Double($0.gradientEvaluations) }) { FigureText.count(Int($0.rounded())) })\
      \(mean(sound.map(\.seconds), FigureText.duration))\
      \(mean(sound.compactMap(\.cpuSeconds), FigureText.duration))</tr>
      """
  }

  /// A method's name; below it a control's ending and what it is.
  private func head(_ method: ComparedMethod) -> HTML {
    let key = marks[method.name]?.series("", []).key ?? ""
    guard let control = method.control else {
      return "<tr><th scope=\"row\">\(key)\(method.name)</th>"
    }
    return """
      <tr class="control"><th scope="row" title="\(method.name)">\(key)\(control.suffix)\
      <small>\(control.title)</small></th>
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
    let what =
      isSpread
      ? "Means over seeds, least to greatest below them; in colour the best mean and all whose range "
        + "overlaps with its range. " : ""
    let reasons = Dictionary(grouping: sound.compactMap(\.summary?.stopReason)) { $0 }
    guard let most = reasons.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) })?.key
    else { return what }
    let others = reasons.keys.sorted().filter { $0 != most }.map { reason in
      let names = task.methods.compactMap { method -> String? in
        let count = method.sound.count { $0.summary?.stopReason == reason }
        let all = count == method.sound.count
        return count == 0 ? nil : method.name + (all ? "" : " (\(count) of \(method.sound.count))")
      }
      return "; \(reason): \(names.joined(separator: ", "))"
    }
    return what + "Every run ended: \(most)" + others.joined() + "."
  }
}
