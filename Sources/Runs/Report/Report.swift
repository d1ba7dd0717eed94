import Foundation

/// A run, or several side by side, as one self-contained HTML page.
///
/// The page needs no network and no script, follows the reader's choice of light or dark, prints,
/// and carries a content policy that forbids loading anything.
public struct Report {
  private let content: ReportContent

  /// A report on the given content.
  public init(_ content: ReportContent) { self.content = content }

  /// Writes the page, replacing an earlier one.
  public func write(to url: URL) throws(RunFolderError) {
    try WholeFile.write(Data(html.utf8), to: url)
  }

  /// The page.
  public var html: String { page.markup }

  private var page: HTML {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" \
    content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
    <title>\(content.title)</title>
    <style>\(ReportStyle.sheet)</style>
    </head>
    <body>
    <main>
    <header><p class="kicker">Lifted \u{00B7} \(content.runs.count > 1 ? "comparison" : "run")</p>
    <h1>\(content.title)</h1>
    <p class="abstract">\(content.abstract ?? ReportAbstract(runs: content.runs).text)</p></header>
    \(FinalFigures(runs: content.runs).html)
    \(CurveSection(runs: content.runs).html)
    \(PictureSection(runs: content.runs).html)
    \(LayerSection(runs: content.runs).html)
    \(notes)
    \(RecreationSection(content: content).html)
    </main>
    </body>
    </html>

    """
  }

  private var notes: HTML {
    guard !content.notes.isEmpty else { return "" }
    let items = content.notes.map { note -> HTML in "<li>\(note)</li>" }
    return "<section id=\"notes\"><h2>Notes</h2><ul class=\"notes\">\(items)</ul></section>"
  }
}
