import Foundation

/// The page on one run.
public struct Report {
  private let content: ReportContent

  /// A report on the given content.
  public init(_ content: ReportContent) { self.content = content }

  /// Writes the page, replacing an earlier one.
  public func write(to url: URL) throws(RunFolderError) { try page.write(to: url) }

  /// The page.
  public var html: String { page.html }

  private var page: Page {
    let run = content.run
    return Page(
      title: content.title, kicker: "run",
      abstract: content.abstract ?? ReportAbstract(run: run).text,
      sections: [
        FinalFigures(run: run).html, CurveSection(run: run).html,
        section("pictures", "Pictures", Pictures(runs: [run]).html),
        section("layers", "Layers", LayerCharts(runs: [run]).html),
        Page.notes(content.notes),
        RecreationSection(
          command: content.command, origins: [run.summary].compactMap { $0?.origin },
          texts: run.recipeText.isEmpty ? [] : [.init(title: "Recipe", text: run.recipeText)]
        ).html,
      ])
  }

  private func section(_ id: String, _ title: String, _ body: HTML) -> HTML {
    body.markup.isEmpty ? "" : "<section id=\"\(id)\"><h2>\(title)</h2>\(body)</section>"
  }
}
