/// Who wins where: for each figure the best method as each run ended, and at equal epochs, gradient
/// evaluations and seconds.
struct ContestTable {
  /// The task.
  let task: ComparisonContent.Task
  /// The methods' lines.
  let marks: [String: MethodMark]

  /// The table; a sentence if no run ended well.
  var html: HTML {
    guard task.methods.contains(where: { !$0.sound.isEmpty }) else {
      return "<p class=\"empty\">No run has ended well.</p>"
    }
    guard task.methods.count > 1 else { return "" }
    let limits = Abscissa.allCases.map { ($0, Contest.limit(task.methods, against: $0)) }
    let heads = limits.map { axis, limit -> HTML in
      "<th scope=\"col\" class=\"text\">within<br>\(limit.map(axis.amount) ?? "")</th>"
    }
    return """
      <h3>Who wins where</h3>
      <div class="wide"><table class="many winners"><thead><tr><th scope="col">figure</th>\
      <th scope="col" class="text">as each<br>run ended</th>\(heads)</tr></thead>
      <tbody>\(testRows)\(historyRows)</tbody></table></div>
      <p class="missing">\(remark)</p>
      """
  }

  private var testRows: [HTML] {
    let names = Set(task.runs.compactMap(\.summary).flatMap(\.test.keys)).sorted()
    return names.compactMap { name in
      guard let order = FigureOrder(of: name) else { return nil }
      let contest = Contest(ends { $0.summary?.test[name] }, order)
      let none: HTML =
        "<td class=\"none text\" colspan=\"3\">test samples are looked at only at the end</td>"
      return row("test \(FinalFigures.title(name))", [cell(contest, name)] + [none])
    }
  }

  private var historyRows: [HTML] {
    Contest.Figure.allCases.compactMap { figure in
      let (title, name) = names(figure)
      guard let order = FigureOrder(of: name) else { return nil }
      let ended = Contest(ends { $0.history.last.flatMap(figure.value) }, order)
      guard !ended.standings.isEmpty else { return nil }
      let cells = Abscissa.allCases.map { axis in
        cell(Contest(of: figure, task.methods, against: axis, order), name)
      }
      return row(title, [cell(ended, name)] + cells)
    }
  }

  private func names(_ figure: Contest.Figure) -> (title: String, name: String) {
    switch figure {
    case .validationMetric: ("validation \(task.metric.name)", task.metric.rawValue)
    case .validationLoss: ("validation loss", "loss")
    case .trainingLoss: ("training loss", "loss")
    }
  }

  /// A figure of every run, of methods none of whose runs failed.
  private func ends(_ value: (ReportRun) -> Double?) -> [(method: String, values: [Double])] {
    task.methods.filter { $0.sound.count == $0.runs.count }.map { method in
      (method.name, method.runs.map { value($0) ?? .nan })
    }
  }

  private func row(_ title: String, _ cells: [HTML]) -> HTML {
    "<tr><th scope=\"row\">\(title)</th>\(cells)</tr>"
  }

  private func cell(_ contest: Contest, _ figure: String) -> HTML {
    let leaders = contest.leaders
    guard let best = leaders.first else { return "<td class=\"none text\">\u{2013}</td>" }
    guard contest.standings.count > 1 else {
      return
        "<td class=\"none text\"><small>only \(best.method) has an epoch within it</small></td>"
    }
    let value = FigureText.figure(best.spread.mean, named: figure)
    guard leaders.count > 1 else {
      let key = marks[best.method]?.series("", []).key ?? ""
      return "<td class=\"text\">\(key)<b>\(best.method)</b> <small>\(value)</small></td>"
    }
    let others = leaders.prefix(Self.mostNamed).map(\.method).joined(separator: ", ")
    let more = leaders.count - Self.mostNamed
    return """
      <td class="text"><i>no difference</i> <small>best mean \(value): \
      \(others + (more > 0 ? " and \(more) more" : ""))</small></td>
      """
  }

  private static let mostNamed = 3

  private var remark: String {
    let seeds = task.methods.map(\.runs.count).max() ?? 0
    let failed = task.methods.filter { $0.sound.count < $0.runs.count }.map(\.name)
    let rule =
      seeds > 1
      ? "Best by the mean over \(seeds) seeds; no difference where ranges over seeds overlap."
      : "One seed: there is no spread to judge differences by."
    let limit =
      " Limits are what half of the methods have used. Within one, the last epoch that ended in it; a "
      + "method with none is left out, one that ended before counts as it ended."
    return rule + limit
      + (failed.isEmpty ? "" : " Left out for failed runs: \(failed.joined(separator: ", ")).")
  }
}
