import Foundation
import Lifted
import Tensors
import Testing

@testable import Runs

/// Studies run in this process: budgets, failures, resuming, tables.
@Suite struct StudySessionTests {
  private static let yaml = """
    name: tiny
    seeds: [1, 2]
    controls: [backPropagatedErrors]
    tasks:
      - recipe:
          name: shapes
          data: {source: shapes, trainingSamples: 60, validationSamples: 20, testSamples: 10}
          network: [{width: 8, activation: relu}, {width: 6, activation: softmax}]
          training: {epochs: 4, batchSize: 20}
          methods:
            - {name: lifted, signal: contrast, update: {rule: adam, stepSize: 0.01}}
            - {name: rounds, kind: implicitStochasticGradient, tau: 1, rounds: 2}

    """

  private let pool = WorkerPool(threads: 1)

  private func study(_ settings: [String] = []) throws -> Study {
    try Study(
      yaml: Self.yaml, source: "tiny.yaml", in: URL(fileURLWithPath: "/nowhere"),
      settings: settings)
  }

  /// Runs a study; `steps` counts the steps after which it is interrupted.
  private func run(
    _ study: Study, in url: URL, steps: Int = .max
  ) throws -> (results: StudyResults?, said: [String]) {
    var (done, said) = (0, [String]())
    let observer = StudySession.Observer(
      display: { ProgressDisplay(mode: .quiet) { _ in } },
      isInterrupted: {
        defer { done += 1 }
        return done >= steps
      }, say: { said.append($0) })
    return (try StudySession(study, in: url, on: pool).run(observer), said)
  }

  @Test(
    "Each budget ends every run, with its own reason",
    arguments: [
      ("{epochs: 3}", ["maximumIterations"], 3), ("{seconds: 1.0e-9}", ["maximumSeconds"], 1),
      // 3 steps an epoch, 1 or 2 evaluations each.
      ("{gradientEvaluations: 6}", ["maximumGradientEvaluations"], 2),
      ("{epochs: 2, gradientEvaluations: 1000, seconds: 1000}", ["maximumIterations"], 2),
    ])
  func budgets(_ budget: String, _ endings: [String], _ most: Int) throws {
    let scratch = try Scratch()
    let results = try run(study(["budget=\(budget)"]), in: scratch.url).results
    let outcomes = try #require(results).outcomes
    #expect(outcomes.count == 6 && Set(outcomes.map(\.ending)) == Set(endings))
    #expect(outcomes.compactMap(\.summary?.epochs).max() == most)
    if budget.hasPrefix("{gradient") {
      let rounds = outcomes.filter { $0.job.label == "rounds" }
      #expect(rounds.allSatisfy { $0.summary?.epochs == 1 })
    }
  }

  /// The lines of a table without the columns of the clock and the memory.
  private func reproducible(_ csv: String) throws -> [[String]] {
    let rows = csv.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let header = try #require(rows.first)
    let clocks: Set = ["seconds", "cpu_seconds", "peak_memory_bytes"]
    return rows.map { row in zip(header, row).filter { !clocks.contains($0.0) }.map(\.1) }
  }

  @Test("A study stopped after any number of steps goes on and ends in the same figures")
  func resumed() throws {
    let scratch = try Scratch()
    let whole = try #require(
      try run(study(), in: scratch.url.appendingPathComponent("whole")).results)
    let folder = scratch.url.appendingPathComponent("parts")
    var last: StudyResults?
    var stops = 0
    while last == nil {
      last = try run(study(), in: folder, steps: 17).results
      stops += 1
    }
    let parts = try #require(last)
    #expect(stops > 3)
    #expect(
      try reproducible(StudyCSV.figures(parts.outcomes))
        == reproducible(StudyCSV.figures(whole.outcomes)))
    #expect(
      try reproducible(StudyCSV.curves(parts.outcomes))
        == reproducible(StudyCSV.curves(whole.outcomes)))
    let (again, said) = try run(study(), in: folder)
    #expect(said == parts.outcomes.map { "\($0.job.name): done before" })
    #expect(StudyCSV.figures(try #require(again).outcomes) == StudyCSV.figures(parts.outcomes))
  }

  @Test("A run stopped while its folder was made is made anew")
  func halfMade() throws {
    let scratch = try Scratch()
    _ = try run(study(["seeds=[1]"]), in: scratch.url)
    let folder = try RunFolder.open(scratch.url.appendingPathComponent("shapes-lifted-s1"))
    let weights = try Data(contentsOf: folder.lastWeights)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    let events = try #require(names.first { $0.hasPrefix("events.") })
    for kept in [
      ["history.csv", events], ["state.safetensors", "last.safetensors", ".partial-0a"], [],
      ["recipe.yaml", "history.csv", "history.jsonl", "timing.csv", events],
    ] {
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      where !kept.contains(name) {
        try FileManager.default.removeItem(at: folder.url.appendingPathComponent(name))
      }
      for name in kept where !FileManager.default.fileExists(atPath: folder.url.path + "/" + name) {
        try Data("x".utf8).write(to: folder.url.appendingPathComponent(name))
      }
      let (results, said) = try run(study(["seeds=[1]"]), in: scratch.url)
      #expect(results?.failures.isEmpty == true && said.count { $0.contains("done before") } == 2)
      let isSame = try Data(contentsOf: folder.lastWeights) == weights
      #expect(isSame)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      #expect(left.count { $0.hasPrefix("events.") } == 1 && !left.contains(".partial-0a"))
    }
  }

  @Test("A run of another recipe in the way is refused before anything is trained")
  func otherRecipe() throws {
    let scratch = try Scratch()
    _ = try run(study(["seeds=[2]"]), in: scratch.url)
    #expect(throws: RecipeError.self) {
      try run(study(["budget={epochs: 1}"]), in: scratch.url)
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path)
    #expect(names.allSatisfy { $0.hasSuffix("-s2") })
  }

  @Test("Diverging and breaking off are outcomes with a reason; the other runs go on")
  func failures() throws {
    let scratch = try Scratch()
    let wild = "tasks[0].set=['methods[0].update={rule: gradient, stepSize: 1.0e+30}']"
    let results = try #require(try run(study([wild]), in: scratch.url).results)
    #expect(results.outcomes.count == 6)
    let failures = results.failures
    #expect(Set(failures.map(\.job.label)) == ["lifted", "lifted.bp"])
    #expect(failures.allSatisfy { $0.ending == "notFinite" })
    #expect(failures.allSatisfy { $0.failure?.contains("diverged in epoch 1") == true })

    let job = try study().jobs[0]
    let broken = StudyOutcome(
      job, RunFailure("it gave up, quite", cpuSeconds: 0.5), in: scratch.url)
    let all = StudyResults(results.outcomes.dropFirst() + [broken], of: try study())
    #expect(broken.ending == "failed" && broken.summary == nil)
    let csv = StudyCSV.figures(all.outcomes).split(separator: "\n")
    #expect(csv.last?.hasPrefix("shapes,lifted,1,,") == true)
    #expect(csv.last?.hasSuffix(",failed,\"it gave up, quite\"") == true)
    let html = Comparison(content: try all.content("c")).html
    #expect(html.contains("it gave up, quite") && html.contains("diverged in epoch 1"))
    try expectWellFormed(html)
  }

  @Test(
    "The tables have a line for each run, and for each run and epoch, with the runs' own figures")
  func tables() throws {
    let scratch = try Scratch()
    let results = try #require(try run(study(), in: scratch.url).results)
    try results.write(to: scratch.url, command: "lifted compare tiny.yaml")
    let figures = try text(scratch.url.appendingPathComponent("comparison.csv"))
    let rows = figures.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(rows.count == 7 && Set(rows.map(\.count)).count == 1)
    let column = Dictionary(uniqueKeysWithValues: rows[0].enumerated().map { ($1, $0) })
    for (row, outcome) in zip(rows.dropFirst(), results.outcomes) {
      let summary = try #require(outcome.summary)
      func field(_ name: String) throws -> String { row[try #require(column[name])] }
      #expect(try field("method") == outcome.job.label && field("ending") == "maximumIterations")
      #expect(try field("seed") == "\(summary.seed)")
      #expect(try field("test_accuracy") == "\(try #require(summary.test["accuracy"]))")
      #expect(try field("validation_loss") == "\(try #require(summary.validation["loss"]))")
      #expect(try field("gradient_evaluations") == "\(summary.gradientEvaluations)")
      #expect(try field("seconds") == "\(summary.seconds)")
    }
    let curves = try text(scratch.url.appendingPathComponent("curves.csv")).split(separator: "\n")
    #expect(curves.count == 1 + 6 * 4)
    let last = results.outcomes[5].run
    let row = try #require(last.history.last)
    let accuracy = try #require(row.validationMetric)
    #expect(
      try #require(curves.last).hasPrefix(
        "shapes,rounds,2,4,12,24,\(last.seconds[3]),\(row.trainingLoss),")
        && (try #require(curves.last)).hasSuffix(",\(accuracy)"))
    let page = try text(scratch.url.appendingPathComponent("report.html"))
    #expect(page.contains("lifted compare tiny.yaml") && page.contains("controls: [back"))
  }
}
