import Foundation

/// What is needed to make the runs again: the command, the machine, the recipe.
struct RecreationSection {
  /// The report.
  let content: ReportContent

  /// The section.
  var html: HTML {
    """
    <section id="again"><h2>Making it again</h2>
    <pre class="command"><code>\(content.command)</code></pre>
    \(provenance)
    \(content.runs.filter { !$0.recipeText.isEmpty }.map(recipe))
    </section>
    """
  }

  private func recipe(_ run: ReportRun) -> HTML {
    """
    <details><summary>Recipe\(content.runs.count > 1 ? " of \(run.name)" : "")</summary>\
    <pre><code>\(run.recipeText)</code></pre></details>
    """
  }

  /// Facts, each said once for all runs that share it.
  private var provenance: HTML {
    let summaries = content.runs.compactMap(\.summary)
    guard !summaries.isEmpty else { return "" }
    let machines = summaries.map(\.machine)
    let facts: [(String, [String])] = [
      ("seed", summaries.map { "\($0.seed)" }),
      ("processor", machines.map { "\($0.processor), \($0.cores) logical cores" }),
      ("threads used", machines.map { "\($0.threads)" }),
      ("system", machines.map(\.operatingSystem)),
      ("linear algebra", machines.compactMap(\.linearAlgebra)),
      ("lifted", summaries.map(\.version)),
      ("date", summaries.map { ISO8601DateFormatter().string(from: $0.date) }),
    ]
    let rows = facts.compactMap { name, values -> HTML? in
      let different = values.reduce(into: [String]()) { seen, value in
        if !seen.contains(value) { seen.append(value) }
      }
      guard !different.isEmpty else { return nil }
      return "<tr><th scope=\"row\">\(name)</th><td>\(different.joined(separator: "; "))</td></tr>"
    }
    return "<table class=\"facts\"><tbody>\(rows)</tbody></table>"
  }
}
