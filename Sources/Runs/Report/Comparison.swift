import Foundation

/// The page on several runs: one section for each task with final figures, who wins where, curves,
/// pictures and layers; then failures, notes, and how to make it again.
struct Comparison {
  let content: ComparisonContent

  /// Writes the page, replacing an earlier one.
  func write(to url: URL) throws(RunFolderError) { try page.write(to: url) }

  /// The page.
  var html: String { page.html }

  private var runs: [ReportRun] { content.tasks.flatMap(\.runs) }

  private var page: Page {
    let marks = content.marks
    let tasks = content.tasks.enumerated().map { index, task in
      section(task, group: "task-\(index + 1)-", marks)
    }
    return Page(
      title: content.title, kicker: content.studyText == nil ? "comparison" : "study",
      abstract: abstract,
      sections: [failures] + tasks + [Page.notes(content.notes), recreation])
  }

  private var abstract: String {
    func counted(_ count: Int, _ what: String) -> String {
      "\(count) \(what)\(count == 1 ? "" : "s")"
    }
    let failed = runs.count { $0.failure != nil }
    let methods = Set(content.tasks.flatMap(\.methods).map(\.name)).count
    let seeds = Set(runs.compactMap(\.summary?.seed)).count
    let size =
      "\(counted(content.tasks.count, "task")), \(counted(methods, "method")), "
      + "\(counted(seeds, "seed")): \(counted(runs.count, "run"))"
      + (failed > 0 ? ", \(failed) failed" : "") + (cost.map { ", \($0)" } ?? "") + "."
    let budget = content.budget.map { "Each run may use \($0)." }
    return [content.about, size, budget].compactMap { $0 }.joined(separator: " ")
  }

  private var cost: String? {
    let known = runs.compactMap(\.cpuSeconds)
    guard !known.isEmpty else { return nil }
    return FigureText.duration(known.reduce(0, +)) + " of CPU time"
      + (known.count < runs.count ? " in \(known.count) of them" : "")
  }

  private var failures: HTML {
    let rows = content.tasks.flatMap { task in
      task.methods.flatMap { method in
        method.runs.compactMap { run -> HTML? in
          guard let failure = run.failure else { return nil }
          return """
            <tr><th scope="row">\(run.name)</th><td class="text">\(task.name)</td>\
            <td class="text">\(failure)</td></tr>
            """
        }
      }
    }
    guard !rows.isEmpty else { return "" }
    return """
      <section id="failures"><h2>Failed runs</h2><div class="wide"><table class="many">\
      <thead><tr><th scope="col">run</th><th scope="col" class="text">task</th>\
      <th scope="col" class="text">reason</th></tr></thead><tbody>\(rows)</tbody></table></div>\
      </section>
      """
  }

  private func section(
    _ task: ComparisonContent.Task, group: String, _ marks: [String: MethodMark]
  ) -> HTML {
    let first = task.parts.methods.compactMap { method -> ReportRun? in
      var run = method.runs.first
      run?.name = method.name
      return run
    }
    let without = task.parts.controls.isEmpty ? "" : " without controls"
    return """
      <section class="task"><h2>\(task.name)</h2>\
      \(task.about.map { text -> HTML in "<p class=\"about\">\(text)</p>" } ?? "")
      <h3>Final figures</h3>
      \(ComparisonFigures(task: task, marks: marks).html)
      \(ContestTable(task: task, marks: marks).html)
      <h3>Curves</h3>
      \(ComparisonCurves(task: task, group: group, marks: marks).html)
      \(part("Pictures\(without)", Pictures(runs: first).html))
      \(part("Layers\(without)", LayerCharts(runs: first).html))
      </section>
      """
  }

  private func part(_ title: String, _ body: HTML) -> HTML {
    body.markup.isEmpty ? "" : "<h3>\(title), first seed</h3>\(body)"
  }

  private var recreation: HTML {
    let study = content.studyText.map {
      RecreationSection.Text(title: "The study", text: $0, isOpen: true)
    }
    let recipes = content.tasks.filter { !$0.recipeText.isEmpty }.map {
      RecreationSection.Text(title: "Recipe of \($0.name), resolved", text: $0.recipeText)
    }
    return RecreationSection(
      command: content.command, origins: runs.compactMap(\.summary?.origin),
      texts: [study].compactMap { $0 } + recipes
    ).html
  }
}
