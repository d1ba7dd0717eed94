import Foundation

/// A self-contained HTML page.
///
/// It needs no network and no script, follows the reader's choice of light or dark, prints, and carries
/// a content policy that forbids loading anything.
struct Page {
  /// Title of the window and heading of the page.
  let title: String
  /// What kind of page it is, in a word above the heading.
  let kicker: String
  /// The opening paragraph.
  let abstract: String
  /// The sections.
  let sections: [HTML]

  /// Writes the page, replacing an earlier one.
  func write(to url: URL) throws(RunFolderError) {
    try WholeFile.write(Data(html.utf8), to: url)
  }

  /// The page.
  var html: String { markup.markup }

  private var markup: HTML {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" \
    content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
    <title>\(title)</title>
    <style>\(ReportStyle.sheet)</style>
    </head>
    <body>
    <main>
    <header><p class="kicker">Lifted \u{00B7} \(kicker)</p>
    <h1>\(title)</h1>
    <p class="abstract">\(abstract)</p></header>
    \(sections)
    </main>
    </body>
    </html>

    """
  }

  /// What a reader must know to judge the figures; nothing if there is nothing to know.
  static func notes(_ notes: [String]) -> HTML {
    guard !notes.isEmpty else { return "" }
    let items = notes.map { note -> HTML in "<li>\(note)</li>" }
    return "<section id=\"notes\"><h2>Notes</h2><ul class=\"notes\">\(items)</ul></section>"
  }
}
