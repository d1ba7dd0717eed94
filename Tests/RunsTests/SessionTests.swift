import Foundation
import Interchange
import Lifted
import Tensors
import Testing

@testable import Runs

/// Trains by a recipe's first method, to the end.
func run(
  _ yaml: String, settings: [String], method index: Int = 0, in scratch: Scratch, named name: String
) throws -> (folder: RunFolder, reason: StopReason) {
  let pool = WorkerPool(threads: 1)
  let recipe = try Recipe(yaml: yaml, source: name, settings: settings)
  let experiment = try Experiment(recipe, method: recipe.methods[index], on: pool)
  let folder = try scratch.run(name)
  var run = try TrainingRun(experiment, startingIn: folder, on: pool)
  var display = ProgressDisplay(mode: .quiet) { _ in }
  return (folder, try run.run(display: &display, isInterrupted: { false }))
}

/// Whole runs in this process, small enough to be many.
@Suite struct SessionTests {
  /// IDX files of the size and kind of Fashion-MNIST, so that its recipes run without it.
  private func standIn(_ scratch: Scratch) throws -> String {
    let folder = scratch.url.appendingPathComponent("data")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (prefix, count) in [("train", 80), ("t10k", 20)] {
      var stream = RandomStream(seed: 3, .synthesis, lane: UInt64(count))
      let labels = (0..<count).map { UInt8($0 % 10) }
      let pixels = (0..<count * 784).map { index in
        UInt8(index % 784 / 79 == index / 784 % 10 ? 150 : 0) + UInt8(stream.next() % 90)
      }
      try IDXFile(.uint8(IntegerTensor(shape: [count, 28, 28], scalars: pixels)))
        .write(to: folder.appendingPathComponent("\(prefix)-images-idx3-ubyte"))
      try IDXFile(.uint8(IntegerTensor(labels)))
        .write(to: folder.appendingPathComponent("\(prefix)-labels-idx1-ubyte"))
    }
    return folder.path
  }

  @Test("All methods of every built-in recipe run from end to end", arguments: BuiltInRecipes.names)
  func builtIn(_ name: String) throws {
    let scratch = try Scratch()
    let yaml = try #require(BuiltInRecipes.text(of: name))
    var settings = [
      "training.epochs=1", "training.batchSize=20", "data.trainingSamples=60",
    ]
    let recipe = try Recipe(named: name)
    let isRestoration = recipe.data.task == .restoration
    settings +=
      isRestoration
      ? ["data.validationSamples=1", "data.testSamples=1"]
      : ["data.validationSamples=10", "data.testSamples=20"]
    if recipe.data.source == .fashionMNIST {
      settings.append("data.folder=\(try standIn(scratch))")
    }
    for (index, method) in recipe.methods.enumerated() {
      let (folder, reason) = try run(
        yaml, settings: settings, method: index, in: scratch, named: method.name)
      #expect(reason == .maximumIterations)
      let summary = try Summary(reading: folder)
      #expect(summary.method == method.name && summary.epochs == 1 && summary.steps == 3)
      #expect(!summary.test.values.contains { !$0.isFinite })
      #expect(summary.test.count == (isRestoration ? 6 : 3))
      #expect(try History(reading: folder).rows.count == 1)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      for file in ["report.html", "recipe.yaml", "best.safetensors", "state.safetensors"] {
        #expect(names.contains(file), "\(method.name) left no \(file)")
      }
    }
  }

  private static let recipe = """
    name: stops
    data: {source: shapes, trainingSamples: 60, validationSamples: 20, testSamples: 10}
    network: [{width: 8, activation: relu}, {width: 6, activation: softmax}]
    training: {epochs: 50, batchSize: 20}
    methods: [{name: m, signal: contrast, update: {rule: adam, stepSize: 0.01}}]

    """

  @Test(
    "Each stop rule alone ends a run, with its own reason in the summary",
    arguments: [
      (["training.epochs=3"], StopReason.maximumIterations, 3...3),
      (["training.patience=2", "training.epochs=500"], .patience, 3...499),
      (["training.maximumSeconds=0.000000001"], .maximumSeconds, 1...1),
      // 3 steps an epoch.
      (["training.maximumGradientEvaluations=7"], .maximumGradientEvaluations, 3...3),
      (["methods[0].update={rule: gradient, stepSize: 1.0e+30}"], .notFinite, 0...1),
    ])
  func stopRules(_ settings: [String], _ expected: StopReason, _ epochs: ClosedRange<Int>) throws {
    let scratch = try Scratch()
    let (folder, reason) = try run(Self.recipe, settings: settings, in: scratch, named: "run")
    #expect(reason == expected)
    let summary = try Summary(reading: folder)
    #expect(summary.stopReason == expected.description)
    #expect(epochs.contains(summary.epochs), "\(summary.epochs) epochs")
  }

  @Test("Best weights are those of the epoch that validated best, not the last ones")
  func best() throws {
    let scratch = try Scratch()
    let settings = ["training.patience=3", "training.epochs=500"]
    let (folder, reason) = try run(Self.recipe, settings: settings, in: scratch, named: "run")
    #expect(reason == .patience)
    let accuracies = try History(reading: folder).rows.compactMap(\.validationMetric)
    let top = try #require(accuracies.max())
    let pool = WorkerPool(threads: 1)
    let experiment = try RunReport.experiment(of: folder, on: pool)
    func accuracy(_ file: URL) throws -> Double {
      try experiment.score(
        WeightFile.read(from: file, for: experiment.network), on: experiment.data.validation,
        pool: pool
      ).metric
    }
    #expect(try accuracy(folder.bestWeights) == top)
    #expect(try accuracy(folder.lastWeights) == accuracies.last)
    #expect(accuracies.firstIndex(of: top) == accuracies.count - 4)
  }

  @Test(
    "The summary's training figures are the last epoch's loss and the metric of the last weights")
  func trainingFigures() throws {
    let scratch = try Scratch()
    let (folder, _) = try run(
      Self.recipe, settings: ["training.epochs=2"], in: scratch, named: "run")
    let pool = WorkerPool(threads: 1)
    let experiment = try RunReport.experiment(of: folder, on: pool)
    let theta = try WeightFile.read(from: folder.lastWeights, for: experiment.network)
    let evaluation = Evaluation(
      of: theta, experiment.network, on: experiment.data.train, pool: pool)
    let loss = try #require(try History(reading: folder).rows.last?.trainingLoss)
    #expect(try Summary(reading: folder).train == ["loss": loss, "accuracy": evaluation.accuracy])
  }

  @Test(
    "A run stopped after any step at all and resumed is the uninterrupted run, byte for byte",
    arguments: [
      [],
      // Layers that share parameters, whose moments are the owner's.
      ["network[0]={residual: 12, activation: relu, back: adjoint, times: 2}"],
    ])
  func everyStep(_ settings: [String]) throws {
    let scratch = try Scratch()
    let pool = WorkerPool(threads: 1)
    let (whole, _) = try run(
      Self.recipe, settings: ["training.epochs=3"] + settings, in: scratch, named: "whole")
    let experiment = try RunReport.experiment(of: whole, on: pool)
    for stop in 0..<9 {
      let folder = try scratch.run("stop\(stop)")
      var display = ProgressDisplay(mode: .quiet) { _ in }
      var steps = 0
      var run: TrainingRun? = try TrainingRun(experiment, startingIn: folder, on: pool)
      let first = try run?.run(display: &display) {
        defer { steps += 1 }
        return steps == stop
      }
      #expect(first == .interrupted)
      // The lock goes with the value that holds it.
      run = nil
      var rest = try TrainingRun(experiment, resuming: folder, on: pool)
      #expect(try rest.run(display: &display, isInterrupted: { false }) == .maximumIterations)
      for file in [\RunFolder.lastWeights, \.bestWeights, \.historyCSV, \.historyJSONL] {
        let isSame =
          try Data(contentsOf: whole[keyPath: file]) == Data(contentsOf: folder[keyPath: file])
        #expect(
          isSame, "stopped after \(stop) steps, \(folder[keyPath: file].lastPathComponent) differs")
      }
    }
  }

  @Test("A run that patience ended does not go on when it is resumed")
  func resumedPatience() throws {
    let scratch = try Scratch()
    let settings = ["training.patience=2", "training.epochs=500"]
    let (folder, _) = try run(Self.recipe, settings: settings, in: scratch, named: "run")
    let (before, pool) = (try Data(contentsOf: folder.lastWeights), WorkerPool(threads: 1))
    var again = try TrainingRun(
      try RunReport.experiment(of: folder, on: pool), resuming: folder, on: pool)
    var display = ProgressDisplay(mode: .quiet) { _ in }
    #expect(try again.run(display: &display, isInterrupted: { false }) == .patience)
    let isUnchanged = try Data(contentsOf: folder.lastWeights) == before
    #expect(isUnchanged)
  }

  @Test("Training, validation and test samples are disjoint parts, the same for the same seed")
  func splits() throws {
    let recipe = try Recipe(yaml: Self.recipe, source: "r")
    let sets = try DataSets(recipe, seed: 5).images()
    let again = try DataSets(recipe, seed: 5).images()
    #expect(sets.train.count == 60 && sets.validation.count == 20 && sets.test.count == 10)
    let pool = WorkerPool(threads: 1)
    func images(_ samples: ImageSamples) -> [[Float]] {
      (0..<samples.count).map { samples.batch(of: [$0], on: pool).inputs.scalars }
    }
    let parts = [sets.train, sets.validation, sets.test].map(images)
    #expect(Set(parts.joined()).count == 90, "a picture is in two parts")
    #expect(parts == [again.train, again.validation, again.test].map(images))
    #expect(images(try DataSets(recipe, seed: 6).images().validation) != parts[1])
  }
}
