import Foundation
import Testing

@testable import Runs

/// The page on several runs, and who wins where.
@Suite struct ComparisonTests {
  /// A run whose validation accuracy after each epoch is given, `cost` gradient evaluations each.
  private func run(_ accuracies: [Double], cost: Int = 10, seconds: Double = 1) -> ReportRun {
    let rows = accuracies.enumerated().map { index, accuracy in
      HistoryRow(
        epoch: index + 1, step: index + 1, gradientEvaluations: cost * (index + 1),
        trainingLoss: 1 - accuracy, validationLoss: 2 - accuracy, validationMetric: accuracy,
        nudge: 1, stepFactor: 1)
    }
    return ReportRun(
      name: "r", metric: .accuracy, history: rows,
      seconds: rows.indices.map { seconds * Double($0 + 1) }, summary: SummaryTests.summary)
  }

  private func winners(_ methods: [ComparedMethod], _ axis: Abscissa) -> [String] {
    Contest(of: .validationMetric, methods, against: axis, .largerIsBetter).leaders.map(\.method)
  }

  @Test("Limits are what half of the methods have used, controls aside; who ended before counts so")
  func limits() {
    let methods = [1, 2, 3, 4].map { epochs in
      ComparedMethod(
        name: "m\(epochs)", runs: [run((1...epochs).map { 0.1 * Double($0) }), run([0, 0, 0, 0])])
    }
    let control = ComparedMethod(
      name: "m1.bp", origin: "m1", control: .backPropagatedErrors, runs: [run([0.9])])
    #expect(Contest.limit(methods + [control], against: .epochs) == 2)
    #expect(Contest.limit(Array(methods[1...]) + [control], against: .gradients) == 30)
    #expect(Contest.limit([control], against: .epochs) == nil)
    let contest = Contest(
      of: .validationMetric, methods + [control], against: .epochs, .largerIsBetter)
    #expect(contest.standings.map(\.spread.greatest) == [0.9, 0.2, 0.2, 0.2, 0.1])
  }

  @Test("The winner at equal cost is the best within what both have used")
  func equalCost() {
    // Quick: ten evaluations an epoch; slow: thirty, better in the end.
    let quick = ComparedMethod(name: "quick", runs: [run([0.5, 0.6, 0.7], cost: 10)])
    let slow = ComparedMethod(name: "slow", runs: [run([0.55, 0.8, 0.9], cost: 30, seconds: 0.1)])
    #expect(winners([quick, slow], .epochs) == ["slow"])
    // Within 30 evaluations slow has one epoch.
    #expect(Contest.limit([quick, slow], against: .gradients) == 30)
    #expect(winners([quick, slow], .gradients) == ["quick"])
    // Within 0.3 seconds quick has none, and is left out.
    #expect(Contest.limit([quick, slow], against: .seconds).map { $0.rounded(.up) } == 1)
    #expect(winners([quick, slow], .seconds) == ["slow"])
    let losses = Contest(of: .trainingLoss, [quick, slow], against: .epochs, .smallerIsBetter)
    #expect(losses.standings.map(\.method) == ["slow", "quick"])
  }

  @Test("There is no difference where ranges over seeds overlap")
  func overlap() {
    let a = ComparedMethod(name: "a", runs: [run([0.70]), run([0.90])])
    let b = ComparedMethod(name: "b", runs: [run([0.71]), run([0.72])])
    let c = ComparedMethod(name: "c", runs: [run([0.60]), run([0.69])])
    #expect(winners([c, b, a], .epochs) == ["a", "b"])
    #expect(winners([c, b], .epochs) == ["b"])
  }

  @Test("A method with a failed run wins nothing, and sets no limit")
  func failed() {
    var lost = run([0.99])
    lost.failure = "diverged"
    let good = ComparedMethod(name: "good", runs: [run([0.5, 0.6]), run([0.5, 0.6])])
    let bad = ComparedMethod(name: "bad", runs: [lost, run([0.98, 0.99])])
    #expect(winners([good, bad], .epochs) == ["good"])
    #expect(Contest.limit([good, bad], against: .epochs) == 2)
  }

  @Test("Leaders are the best mean and all whose range overlaps with it")
  func leaders() throws {
    let spreads = try [[0.6, 0.69], [0.7, 0.9], [0.71, 0.72]].map { try #require(Spread($0)) }
    #expect(Spread.leaders(spreads, .largerIsBetter) == Array(spreads[1...]))
    #expect(Spread.leaders(spreads, .smallerIsBetter) == [spreads[0]])
    #expect(Spread.leaders([spreads[0]], .largerIsBetter).isEmpty)
  }

  @Test("A control's row says what it is; with many methods controls have a chart of their own")
  func manyMethods() throws {
    func methods(_ count: Int) -> [ComparedMethod] {
      (0..<count).flatMap { index in
        [
          ComparedMethod(name: "m\(index)", runs: [run([0.5, 0.6])]),
          ComparedMethod(
            name: "m\(index).bp", origin: "m\(index)", control: .backPropagatedErrors,
            runs: [run([0.5, 0.55])]),
        ]
      }
    }
    let html = [2, 12].map { count in
      page([.init(name: "t", methods: methods(count), recipeText: "")])
    }
    for page in html {
      try expectWellFormed(page)
      #expect(page.contains("title=\"m1.bp\""))
      #expect(page.contains(".bp<small>errors back-propagated</small>"))
      #expect(page.contains("class=\"many grouped\""))
    }
    #expect(!html[0].contains("Validation accuracy, controls"))
    #expect(html[1].components(separatedBy: "Validation accuracy, controls <").count == 4)
  }

  @Test("A spread is mean, least and greatest; there is none with a value that is not finite")
  func spread() {
    let spread = Spread([0.25, 0.75, 0.5])
    #expect(spread?.mean == 0.5 && spread?.least == 0.25 && spread?.greatest == 0.75)
    #expect(Spread([]) == nil && Spread([1, .nan]) == nil)
    #expect(Spread([0.1, 0.1, 0.1])?.mean == 0.1)
  }

  private func page(_ tasks: [ComparisonContent.Task]) -> String {
    Comparison(
      content: ComparisonContent(
        title: "Title", about: "Why.", budget: "2 epochs", tasks: tasks, studyText: "tasks: x",
        notes: ["It costs two sweeps."], command: "lifted compare s.yaml")
    ).html
  }

  @Test("The page has a section for each task, means with ranges, and failures with their reasons")
  func sections() throws {
    var worse = ReportTests.run()
    worse.summary?.test["accuracy"] = 0.5
    var lost = ReportTests.run()
    (lost.name, lost.failure, lost.summary) = ("lost-s1", "it gave up", nil)
    let task = ComparisonContent.Task(
      name: "one", about: "About one.",
      methods: [
        ComparedMethod(name: "lifted", runs: [ReportTests.run(), ReportTests.run()]),
        ComparedMethod(
          name: "lifted.bp", origin: "lifted", control: .backPropagatedErrors, runs: [worse, worse]),
        ComparedMethod(name: "lost", runs: [lost]),
      ], recipeText: "seed: 7")
    var second = task
    second.name = "two"
    let html = page([task, second])
    for text in [
      "Why. 2 tasks, 3 methods, 1 seed: 10 runs, 2 failed. Each run may use 2 epochs.",
      "<h2>one</h2>", "<h2>two</h2>", "About one.", "<td class=\"best\">89.78\u{202F}%", "50.00",
      "lost-s1", "it gave up", "1 failed", "Who wins where", "no difference", "<b>lifted</b>",
      "tasks: x", "seed: 7", "It costs two sweeps.", "lifted compare s.yaml",
      "Left out for failed runs: lost.", tinyPNG.base64EncodedString(),
    ] { #expect(html.contains(text), "\(text)") }
    for axis in ["epoch", "gradient evaluations", "seconds"] {
      let drawings = html.matches(of: try Regex("aria-label=\"Training loss against \(axis)\\."))
      #expect(drawings.count == 2)
    }
    let ids = html.matches(of: /\bid="([^"]*)"/).map { String($0.output.1) }
    #expect(Set(ids).count == ids.count, "an id is there twice")
    try expectWellFormed(html)
    try expectWellFormed(page([]))
  }

  @Test("Methods have lines of their own, the same in every task; controls the colour of theirs")
  func marks() {
    func methods(_ range: Range<Int>) -> [ComparedMethod] {
      range.flatMap { index in
        [
          ComparedMethod(name: "m\(index)", runs: []),
          ComparedMethod(
            name: "m\(index).bp", origin: "m\(index)", control: .backPropagatedErrors, runs: []),
          ComparedMethod(
            name: "m\(index).frozen", origin: "m\(index)", control: .frozenHiddenLayers, runs: []),
        ]
      }
    }
    let marks = MethodMark.marks(of: methods(0..<6) + methods(3..<8))
    let lines = Set(marks.values.map { "\($0.tint.style.markup) \($0.stroke)" })
    #expect(marks.count == 24 && lines.count == 24)
    #expect(marks["m2.bp"]?.tint == marks["m2"]?.tint && marks["m2.bp"]?.stroke == .dashed)
    let many = MethodMark.marks(of: (0..<24).map { ComparedMethod(name: "m\($0)", runs: []) })
    #expect(Set(many.values.map { "\($0.tint.style.markup) \($0.stroke)" }).count == 24)
  }

  @Test("The mean curve is the mean over seeds, as far as the shortest goes")
  func meanCurve() {
    let curves = [[(1, 2), (2, 4), (3, 6)], [(3, 4), (4, 8)], []].map { points in
      points.map { Series.Point(x: $0.0, y: $0.1) }
    }
    let mean = ComparisonCurves.mean(curves)
    #expect(mean.map(\.x) == [2, 3] && mean.map(\.y) == [3, 6])
    #expect(ComparisonCurves.mean([]).isEmpty)
  }

  @Test("End labels keep their order, their distance and the edges of the drawing")
  func endLabels() {
    let series = Series(name: "s", tint: .ofRun(0), points: [])
    let ends = [50, 10, 52, 51, 200].map { EndLabels.End(series: series, x: 0, y: $0) }
    let placed = EndLabels(ends: ends, left: 0, heights: 0...200).placed
    #expect(placed.map(\.end.y) == [10, 50, 51, 52, 200])
    #expect(placed.map(\.height) == [10, 50, 65, 80, 200])
    let low = EndLabels(
      ends: [195, 198, 199].map { .init(series: series, x: 0, y: $0) }, left: 0, heights: 0...200)
    #expect(low.placed.map(\.height) == [170, 185, 200])
    let many = (0..<40).map { _ in EndLabels.End(series: series, x: 0, y: 100) }
    let heights = EndLabels(ends: many, left: 0, heights: 0...200).placed.map(\.height)
    #expect(heights.allSatisfy { (-1e-9...200 + 1e-9).contains($0) })
  }
}
