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
    let body = grid.html
    return runs.count > Self.mostUnfolded
      ? "<details><summary>\(title)</summary><div class=\"grid-block\">\(body)</div></details>"
      : "<div class=\"grid-block\"><h4>\(title)</h4>\(body)</div>"
  }

  private static let mostUnfolded = 4
}
