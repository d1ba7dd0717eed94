import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@testable import Runs

@Suite struct ReportTests {
  static func run(_ name: String = "lifted", summary: Summary? = SummaryTests.summary) -> ReportRun
  {
    let grid = ImageGrid(
      title: "Restored", metric: "PSNR in dB", dataRange: 0...1,
      rows: [
        .init(label: "clean", pictures: [.init(png: tinyPNG)]),
        .init(label: "noisy", pictures: [.init(png: tinyPNG, caption: "10.1 dB")]),
        .init(label: "restored", pictures: [.init(png: tinyPNG, caption: "19.2 dB")]),
      ])
    return ReportRun(
      name: name, metric: .accuracy, history: (1...3).map { row(epoch: $0) }, seconds: [1, 2, 3],
      summary: summary, layerNames: ["encoder"], imageGrids: [grid], recipeText: "seed: 7")
  }

  private func run(_ name: String = "lifted", summary: Summary? = SummaryTests.summary) -> ReportRun
  {
    Self.run(name, summary: summary)
  }

  private func page(_ run: ReportRun) -> String {
    Report(
      ReportContent(
        title: "Title", run: run, notes: ["It costs two sweeps."], command: "lifted train r.yaml")
    ).html
  }

  @Test func aSingleRunIsShownWithAllItsFigures() {
    let html = page(run())
    let needed = [
      "<title>Title</title>", "89.78\u{202F}%", "12\u{202F}000", "312\u{202F}MB", "42.5\u{202F}s",
      "seed 7", "by-epochs", "by-gradients", "by-seconds", "validation loss", "Validation accuracy",
      "Penalty", "Consistency gap", "Active fraction", "encoder", "layer 2", "10.1 dB", "19.2 dB",
      "PSNR in dB, for data in [0, 1]", tinyPNG.base64EncodedString(), "It costs two sweeps.",
      "lifted train r.yaml", "seed: 7", "all epochs done", "prefers-color-scheme", "@media print",
    ]
    for figure in needed { #expect(html.contains(figure), "\(figure)") }
  }

  @Test func eachCurveIsDrawnAgainstThreeAxes() {
    let html = page(run())
    for axis in ["epoch", "gradient evaluations", "seconds"] {
      #expect(html.contains("aria-label=\"Loss against \(axis)."))
      #expect(html.contains("aria-label=\"Validation accuracy against \(axis)."))
    }
    var unclocked = run()
    unclocked.seconds = []
    #expect(!page(unclocked).contains("id=\"by-seconds\""))
  }

  @Test func hostileTextIsEscapedEverywhere() {
    let evil = "<script>alert('&\"')</script>\u{0}"
    var summary = SummaryTests.summary
    summary.method = evil
    summary.stopReason = evil
    summary.test = [evil: 1]
    summary.version = evil
    summary.machine.processor = evil
    var hostile = run(evil, summary: summary)
    hostile.layerNames = [evil]
    hostile.recipeText = evil
    hostile.imageGrids = [
      ImageGrid(
        title: evil, metric: evil,
        rows: [.init(label: evil, pictures: [.init(png: tinyPNG, caption: evil)])])
    ]
    hostile.failure = evil
    let task = ComparisonContent.Task(
      name: evil, about: evil, methods: [ComparedMethod(name: evil, runs: [hostile, hostile])],
      recipeText: evil)
    let content = ComparisonContent(
      title: evil, about: evil, budget: evil, tasks: [task, task], studyText: evil, notes: [evil],
      command: evil)
    for html in [
      Report(ReportContent(title: evil, run: hostile, notes: [evil], command: evil)).html,
      Comparison(content: content).html,
    ] {
      #expect(!html.contains("<script"))
      #expect(!html.contains("alert('"))
      #expect(!html.unicodeScalars.contains("\u{0}"))
      #expect(html.contains("&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;\u{FFFD}"))
    }
  }

  @Test func thePageLoadsNothing() {
    let html = page(run())
    for loader in ["http:", "https:", "url(", "@import", "<link", "<iframe", "src=\"//"] {
      #expect(!html.contains(loader), "\(loader)")
    }
    #expect(html.contains("default-src 'none'"))
    let sources = html.matches(of: /src="([^"]*)"/).map { String($0.output.1.prefix(22)) }
    #expect(Set(sources) == ["data:image/png;base64,"])
  }

  @Test func everyElementThatIsOpenedIsClosed() throws {
    for run in [run(), run(summary: nil), run("a & b")] { try expectWellFormed(page(run)) }
  }

  @Test func emptyAndDivergedRunsGiveASensiblePage() {
    let none = page(ReportRun(name: "none", metric: .accuracy, history: []))
    #expect(none.contains("No history was recorded."))
    #expect(none.contains("The run has not ended."))
    var lost = run()
    for index in lost.history.indices {
      lost.history[index].trainingLoss = .nan
      lost.history[index].validationLoss = .infinity
      lost.history[index].validationMetric = -.infinity
    }
    #expect(page(lost).contains("No finite value was recorded."))
  }

  @Test func aRunIsReadFromItsFolder() throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    try Data("seed: 7\n".utf8).write(to: folder.recipe)
    var history = try History(startingIn: folder)
    try history.append(row(epoch: 1), seconds: 2.5)
    let running = try ReportRun(reading: folder, name: "r", metric: .accuracy)
    #expect(running.summary == nil)
    #expect(running.seconds == [2.5])
    try SummaryTests.summary.write(to: folder)
    let ended = try ReportRun(reading: folder, name: "r", metric: .accuracy)
    #expect(ended.summary?.method == "lifted")
    #expect(ended.recipeText == "seed: 7\n")
    try Report(ReportContent(title: "t", run: ended, command: "c")).write(to: folder.report)
    #expect(try text(folder.report).hasPrefix("<!DOCTYPE html>"))
  }
}

/// Every element of a page's body that is opened is closed.
func expectWellFormed(_ html: String) throws {
  let body = try #require(html.firstMatch(of: /<main>(?s:.*)<\/main>/)).output
  let strict = body.replacing(/<(input|img|br)([^>]*)>/) { "<\($0.output.1)\($0.output.2)/>" }
    .replacing(" checked", with: "").replacing("<details open", with: "<details")
  let parser = XMLParser(data: Data(strict.utf8))
  #expect(parser.parse(), "\(String(describing: parser.parserError)) line \(parser.lineNumber)")
}
