import Foundation
import Testing

@testable import Runs

/// Pages of measurements that are no runs.
@Suite struct FigurePageTests {
  private let page = FigurePage(
    title: "Rates <of> solvers", abstract: "Few words.",
    sections: [
      .init(
        title: "Gaps", text: "After some steps.",
        table: [["steps", "1", "10"], ["a & b", "2.0", "0.1"]], axes: (y: "gap", x: "steps"),
        curves: [
          .init("a", [(x: 1, y: 2), (x: 10, y: 0.1)]),
          .init("bound", [(x: 1, y: 2), (x: 10, y: .infinity)], isDashed: true),
        ])
    ])

  @Test("It shows title, table and curves, with names as text")
  func content() {
    for part in [
      "<h1>Rates &lt;of&gt; solvers</h1>", "Few words.", "<h2>Gaps</h2>",
      "<th scope=\"col\">10</th>", "<th scope=\"row\">a &amp; b</th>", "<td>0.1</td>",
      "line solid", "line dashed", "<svg",
    ] {
      #expect(page.html.contains(part), "\(part)")
    }
    #expect(!page.html.contains("<of>") && !page.html.contains("<script"))
  }

  @Test("It is written whole")
  func written() throws {
    let scratch = try Scratch()
    let url = scratch.url.appendingPathComponent("page.html")
    try page.write(to: url)
    #expect(try text(url) == page.html)
  }

  @Test("A section without curves or table says so instead of failing")
  func empty() {
    let section = FigurePage.Section(
      title: "t", text: "u", table: [], axes: (y: "y", x: "x"), curves: [])
    let html = FigurePage(title: "p", abstract: "", sections: [section]).html
    #expect(html.contains("No finite value"))
  }
}
