import Foundation

/// The image grids of all runs, the pictures embedded in the page.
struct Pictures {
  /// The runs.
  let runs: [ReportRun]

  /// The grids, folded run by run if there are more than a few; nothing if there are no pictures.
  var html: HTML {
    let grids = runs.flatMap { run in run.imageGrids.map { grid($0, of: run) } }
    return "\(grids)"
  }

  private func grid(_ grid: ImageGrid, of run: ReportRun) -> HTML {
    let title = runs.count > 1 ? "\(run.name): \(grid.title)" : grid.title
    let body: HTML = "\(grid.rows.map(row))\(remark(grid))"
    return runs.count > Self.mostUnfolded
      ? "<details><summary>\(title)</summary><div class=\"grid-block\">\(body)</div></details>"
      : "<div class=\"grid-block\"><h4>\(title)</h4>\(body)</div>"
  }

  private static let mostUnfolded = 4

  private func row(_ row: ImageGrid.Row) -> HTML {
    let label: HTML = row.label.isEmpty ? "" : "<span class=\"row-label\">\(row.label)</span>"
    let columns: HTML =
      row.label.isEmpty
      ? "" : " in-columns\" style=\"--columns:\(max(9, row.pictures.count))"
    return """
      <div class="pictures\(columns)">\(label)\(row.pictures.map { picture($0, in: row) })</div>
      """
  }

  private func picture(_ picture: ImageGrid.Picture, in row: ImageGrid.Row) -> HTML {
    let mark: HTML =
      switch picture.isCorrect {
      case true?: "<b class=\"right\" title=\"correct\">\u{2713}</b> "
      case false?: "<b class=\"wrong\" title=\"wrong\">\u{2717}</b> "
      case nil: ""
      }
    let words = [row.label, picture.caption].filter { !$0.isEmpty }.joined(separator: ", ")
    return """
      <figure><img alt="\(words)" \
      src="data:image/png;base64,\(picture.png.base64EncodedString())">\
      <figcaption>\(mark)\(picture.caption)</figcaption></figure>
      """
  }

  private func remark(_ grid: ImageGrid) -> HTML {
    guard let metric = grid.metric else { return "" }
    let range = grid.dataRange.map { range in
      ", for data in [\(FigureText.shortest(range.lowerBound)), "
        + "\(FigureText.shortest(range.upperBound))]"
    }
    return "<p class=\"missing\">Under each picture: \(metric)\(range ?? "").</p>"
  }
}
