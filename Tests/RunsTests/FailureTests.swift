import Foundation
import Lifted
import Tensors
import Testing

@testable import Runs

/// Runs that break off: what is kept of them, and when they are run again.
@Suite struct FailureTests {
  /// A method whose solver gives up after so many steps.
  private struct GivesUp: MinibatchMethod {
    let method: OneSweep
    let steps: Int

    var signal: any Signal { method.signal }
    var initialNudge: Double { method.initialNudge }
    func moments(of network: Network) -> [Int] { method.moments(of: network) }
    func check(_ network: Network) throws(SolverError) {}

    func step<S: TensorScalar>(
      _ state: inout TrainingState<S>, _ batch: Batch<S>, _ network: Network,
      workspace: inout LayerStates<S>, stepFactor: Double, on pool: WorkerPool
    ) throws(SolverError) {
      guard state.progress.step < steps else { throw .unsuitable("it gave up, quite") }
      try method.step(
        &state, batch, network, workspace: &workspace, stepFactor: stepFactor, on: pool)
    }
  }

  private static let yaml = """
    name: tiny
    seeds: [1, 2]
    tasks:
      - recipe:
          name: shapes
          data: {source: shapes, trainingSamples: 60, validationSamples: 20, testSamples: 10}
          network: [{width: 8, activation: relu}, {width: 6, activation: softmax}]
          training: {epochs: 3, batchSize: 20}
          methods:
            - {name: a, signal: contrast, update: {rule: adam, stepSize: 0.01}}

    """

  private let pool = WorkerPool(threads: 1)

  private func study(_ settings: [String] = []) throws -> Study {
    try Study(
      yaml: Self.yaml, source: "tiny.yaml", in: URL(fileURLWithPath: "/nowhere"),
      settings: settings)
  }

  private func run(
    _ study: Study, in scratch: Scratch, retry: Bool = false
  ) throws -> (results: StudyResults, said: [String]) {
    var said: [String] = []
    let session = StudySession(study, in: scratch.url, on: pool, retriesFailures: retry)
    let results = try session.run(
      .init(
        display: { ProgressDisplay(mode: .quiet) { _ in } }, isInterrupted: { false },
        say: { said.append($0) }))
    return (try #require(results), said)
  }

  /// Trains the study's first run until its solver gives up after 4 steps, in its second epoch.
  private func breakOff(in scratch: Scratch) throws -> (folder: RunFolder, experiment: Experiment) {
    let job = try study().jobs[0]
    let experiment = try Experiment(job.recipe, method: job.method, on: pool)
    let method = try #require(experiment.training.method as? OneSweep)
    var weak = experiment
    weak.training = try StochasticTraining(
      experiment.network, method: GivesUp(method: method, steps: 4), batchSize: 20, epochs: 3,
      seed: job.recipe.seed)
    let folder = try scratch.run(job.name)
    var display = ProgressDisplay(mode: .quiet) { _ in }
    var run = try TrainingRun(weak, startingIn: folder, on: pool)
    #expect(throws: SolverError.unsuitable("it gave up, quite")) {
      try run.run(display: &display, isInterrupted: { false })
    }
    return (folder, experiment)
  }

  @Test("A run whose solver gives up leaves the reason and its last checkpoint; resuming goes on")
  func recorded() throws {
    let (scratch, other) = (try Scratch(), try Scratch())
    let (folder, experiment) = try breakOff(in: scratch)
    let failure = try #require(try RunFailure(reading: folder))
    #expect(failure.problem == "it gave up, quite" && failure.cpuSeconds > 0)
    #expect(try History(reading: folder).rows.count == 1 && folder.hasFailed())
    var display = ProgressDisplay(mode: .quiet) { _ in }
    var rest = try TrainingRun(experiment, resuming: folder, on: pool)
    #expect(try rest.run(display: &display, isInterrupted: { false }) == .maximumIterations)
    #expect(try RunFailure(reading: folder) == nil && !folder.hasFailed())
    _ = try run(study(), in: other)
    let whole = try RunFolder.open(other.url.appendingPathComponent("shapes-a-s1"))
    #expect(try Data(contentsOf: folder.historyCSV) == Data(contentsOf: whole.historyCSV))
  }

  @Test("A comparison shows a run that broke off and does not run it again unless asked")
  func notRetried() throws {
    let scratch = try Scratch()
    let (folder, _) = try breakOff(in: scratch)
    for _ in 1...2 {
      let (results, said) = try run(study(), in: scratch)
      #expect(said.first == "shapes-a-s1: failed before: it gave up, quite")
      #expect(results.failures.map(\.job.name) == ["shapes-a-s1"])
      #expect(results.outcomes[0].ending == "failed" && results.outcomes[0].run.history.count == 1)
      #expect(StudyCSV.figures(results.outcomes).contains(",failed,\"it gave up, quite\"\n"))
      let page = Comparison(content: try results.content("c")).html
      #expect(page.contains("it gave up, quite") && page.contains("2 runs, 1 failed"))
    }
    let (results, said) = try run(study(), in: scratch, retry: true)
    #expect(said == ["shapes-a-s1: lifted, centred contrast; Adam", "shapes-a-s2: done before"])
    #expect(results.failures.isEmpty && folder.hasSummary)
    #expect(try RunFailure(reading: folder) == nil)
  }

  @Test("Diverged runs are shown as failed before, and run again from the start when asked")
  func diverged() throws {
    let scratch = try Scratch()
    let wild = try study([
      "tasks[0].set=['methods[0].update={rule: gradient, stepSize: 1.0e+30}']", "seeds=[1]",
    ])
    let first = try run(wild, in: scratch)
    #expect(first.said == ["shapes-a-s1: lifted, centred contrast; gradient"])
    let again = try run(wild, in: scratch)
    #expect(again.said.count == 1)
    #expect(again.said[0].hasPrefix("shapes-a-s1: failed before: diverged"))
    #expect(again.results.failures.count == 1)
    #expect(try run(wild, in: scratch, retry: true).said == first.said)
  }

  @Test("What cannot be built is recorded, too")
  func notBuilt() throws {
    let scratch = try Scratch()
    let unfit = try study(["tasks[0].set=['data.task=reconstruction']", "seeds=[1]"])
    let first = try run(unfit, in: scratch)
    let problem = try #require(first.results.failures.first?.failure)
    #expect(first.said == ["shapes-a-s1: failed: \(problem)"])
    let again = try run(unfit, in: scratch)
    #expect(again.said == ["shapes-a-s1: failed before: \(problem)"])
    #expect(try run(unfit, in: scratch, retry: true).said == first.said)
  }

  @Test("A damaged record of a failure is one clear line")
  func damaged() throws {
    let scratch = try Scratch()
    let (folder, _) = try breakOff(in: scratch)
    try Data("{".utf8).write(to: folder.failure)
    let error = try #require(throws: HistoryError.self) { try run(study(), in: scratch) }
    #expect("\(error)".contains("failure.json"))
  }

  @Test("CPU seconds of runs are kept over interruptions and add up, those of failures included")
  func cpuSeconds() throws {
    let scratch = try Scratch()
    let (folder, _) = try breakOff(in: scratch)
    let (results, _) = try run(study(), in: scratch)
    let each = results.outcomes.compactMap(\.run.cpuSeconds)
    #expect(each.count == 2 && each.allSatisfy { $0 > 0 })
    #expect(each[0] == (try RunFailure(reading: folder))?.cpuSeconds)
    #expect(each[1] == results.outcomes[1].summary?.cpuSeconds)
    let sum = FigureText.duration(each[0] + each[1])
    #expect(
      results.cost(command: 7) == "CPU time: \(sum) in 2 runs; this command: 7.0\u{202F}s")
    #expect(
      Comparison(content: try results.content("c")).html.contains("1 failed, \(sum) of CPU time."))
    let rows = StudyCSV.figures(results.outcomes).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    let column = try #require(rows[0].firstIndex(of: "cpu_seconds"))
    #expect(rows.dropFirst().map { Double($0[column]) } == each)

    let last = try RunFolder.open(scratch.url.appendingPathComponent("shapes-a-s2"))
    let experiment = try RunReport.experiment(of: last, on: pool)
    let stopped = try scratch.run("stopped")
    var display = ProgressDisplay(mode: .quiet) { _ in }
    // As if 100 seconds had gone by before each of two parts of a run.
    for isInterrupted in [true, false] {
      let start = Machine.cpuSeconds() - 100
      var part =
        isInterrupted
        ? try TrainingRun(experiment, startingIn: stopped, on: pool, since: start)
        : try TrainingRun(experiment, resuming: stopped, on: pool, since: start)
      _ = try part.run(display: &display, isInterrupted: { isInterrupted })
    }
    let seconds = try #require(try Summary(reading: stopped).cpuSeconds)
    #expect(seconds >= 200 && seconds < 300)
  }

  @Test("The clock of the processor runs on while this process works")
  func clock() {
    let before = Machine.cpuSeconds()
    var work = 0.0
    while Machine.cpuSeconds() < before + 0.01 { work += Double.random(in: 0...1) }
    #expect(before > 0 && work > 0)
  }
}
