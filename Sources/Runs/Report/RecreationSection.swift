import Foundation

/// What is needed to make the runs again: the command, the machine, the recipes.
struct RecreationSection {
  /// A text that can be folded away.
  struct Text {
    let title: String
    let text: String
    var isOpen = false
  }

  /// What made a run.
  struct Origin {
    let seed: UInt64
    let machine: Machine
    let version: String
    let date: Date
  }

  /// The command.
  let command: String
  /// Where the runs come from.
  let origins: [Origin]
  /// Recipes, and the study if there is one.
  let texts: [Text]

  /// The section.
  var html: HTML {
    """
    <section id="again"><h2>Making it again</h2>
    <pre class="command"><code>\(command)</code></pre>
    \(provenance)
    \(texts.map(folded))
    </section>
    """
  }

  private func folded(_ text: Text) -> HTML {
    """
    <details\(text.isOpen ? " open" : "")><summary>\(text.title)</summary>\
    <pre><code>\(text.text)</code></pre></details>
    """
  }

  /// Facts, each said once for all runs that share it.
  private var provenance: HTML {
    guard !origins.isEmpty else { return "" }
    let machines = origins.map(\.machine)
    let facts: [(String, [String])] = [
      ("seed", origins.map { "\($0.seed)" }),
      ("processor", machines.map { "\($0.processor), \($0.cores) logical cores" }),
      ("threads used", machines.map { "\($0.threads)" }),
      ("system", machines.map(\.operatingSystem)),
      ("linear algebra", machines.compactMap(\.linearAlgebra)),
      ("lifted", origins.map(\.version)), ("date", dates),
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

  /// The date, or the first and the last.
  private var dates: [String] {
    let dates = origins.map(\.date).sorted()
    guard let first = dates.first, let last = dates.last else { return [] }
    let texts = [first, last].map { ISO8601DateFormatter().string(from: $0) }
    return [texts[0] == texts[1] ? texts[0] : texts.joined(separator: " to ")]
  }
}

extension Summary {
  /// What made the run.
  var origin: RecreationSection.Origin {
    RecreationSection.Origin(seed: seed, machine: machine, version: version, date: date)
  }
}

extension InversionSummary {
  /// What made the answers.
  var origin: RecreationSection.Origin {
    RecreationSection.Origin(seed: seed, machine: machine, version: version, date: date)
  }
}
