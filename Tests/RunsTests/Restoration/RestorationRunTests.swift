import Foundation
import Interchange
import Lifted
import Testing

@testable import Runs

/// Training runs for restoration, from recipe to report.
@Suite struct RestorationRunTests {
  @Test("Stopped after any step and resumed, it is the same run, byte for byte")
  func resume() throws {
    let scratch = try Scratch()
    let text = restorationRecipe(try scratch.pictures(6, in: "pictures"))
    let (whole, _) = try run(text, settings: [], in: scratch, named: "whole")
    let pool = WorkerPool(threads: 2)
    let recipe = try Recipe(yaml: text, source: "parts")
    let experiment = try Experiment(recipe, method: recipe.methods[0], on: pool)
    let folder = try scratch.run("parts")
    var display = ProgressDisplay(mode: .quiet) { _ in }
    var steps = 0
    do {
      var first = try TrainingRun(experiment, startingIn: folder, on: pool)
      let reason = try first.run(display: &display) {
        steps += 1
        return steps > 3
      }
      #expect(reason == .interrupted)
    }
    var second = try TrainingRun(experiment, resuming: folder, on: pool)
    _ = try second.run(display: &display, isInterrupted: { false })
    for file in ["last.safetensors", "best.safetensors", "history.csv"] {
      let isSame =
        try Data(contentsOf: whole.url.appendingPathComponent(file))
        == Data(contentsOf: folder.url.appendingPathComponent(file))
      #expect(isSame, "\(file) differs")
    }
  }

  @Test("The report shows whole pictures clean, measured and restored with their PSNR")
  func report() throws {
    let scratch = try Scratch()
    let recipe = restorationRecipe(try scratch.pictures(6, in: "pictures"))
    let (folder, _) = try run(recipe, settings: [], in: scratch, named: "run")
    let page = try text(folder.report)
    for word in ["clean", "measured", "restored", "PSNR in dB", "Validation PSNR"] {
      #expect(page.contains(word), "no \(word)")
    }
    let summary = try Summary(reading: folder)
    let rows = try History(reading: folder).rows
    #expect(rows.last?.validationMetric == summary.validation["psnr"])
    #expect(Set(summary.test.keys).isSuperset(of: ["psnr", "best_psnr", "input_psnr", "loss"]))
    let best = try #require(rows.compactMap(\.validationMetric).max())
    let experiment = try RunReport.experiment(of: folder, on: WorkerPool(threads: 1))
    let theta = try WeightFile.read(from: folder.bestWeights, for: experiment.network)
    let figures = try experiment.figures(
      of: theta, on: experiment.data.validation, pool: WorkerPool(threads: 1))
    #expect(figures["psnr"] == best)
  }

  private static let blur =
    "data.operator={name: blur, size: 5, deviation: 1}"
  private static let mask = "data.operator={name: mask, known: 0.5}"
  private static let condatVu = "network.unrolled.scheme=condatVu"
  private static let resolvent = "network.unrolled.scheme=resolvent"
  private static let inertial = "network.unrolled.scheme=inertial"

  private static let changes: [(base: [String], change: String)] = [
    ([], "data.noise=0.2"), ([], "data.noise=[0.05, 0.2]"), ([], "data.patch=13"),
    ([], "data.flips=false"), ([], "data.trainingSamples=9"), ([], "data.validationSamples=1"),
    ([], "data.testSamples=1"), ([condatVu], mask), ([condatVu], blur),
    ([condatVu, mask], "data.operator.known=0.6"),
    ([condatVu, mask], "data.operator.pattern=rows"),
    ([condatVu, mask], "data.operator={name: mask, pattern: text}"),
    ([condatVu, blur], "data.operator.size=3"), ([condatVu, blur], "data.operator.deviation=2"),
    ([condatVu, blur], "data.operator.border=circular"),
    ([condatVu], "data.operator={name: downsample, factor: 2}"),
    ([condatVu, "data.operator={name: downsample, factor: 2}"], "data.operator.factor=3"),
    ([], "network.unrolled.layers=4"), ([], "network.unrolled.features=5"),
    ([], "network.unrolled.kernel=5"), ([], "network.unrolled.threshold=0.02"),
    ([], "network.unrolled.operators=shared"), ([], "network.unrolled.synthesis=free"),
    ([], "network.unrolled.step=0.5"), ([], inertial),
    ([inertial], "network.unrolled.inertia=0.5"), ([], "network.unrolled.scheme=accelerated"),
    ([], "network.unrolled.scheme=chambollePock"), ([], "network.unrolled.scheme=stronglyConvex"),
    ([condatVu], "network.unrolled.primal=0.5"), ([condatVu], "network.unrolled.dual=0.25"),
    ([condatVu], "network.unrolled.range=[0.3, 0.6]"),
    ([condatVu, mask], "network.unrolled.start=guess"), ([condatVu, mask], resolvent),
  ]

  @Test(
    "Each key, when changed, changes weights, history or evaluation", arguments: changes.indices)
  func key(_ index: Int) throws {
    let scratch = try Scratch()
    let recipe = restorationRecipe(try scratch.pictures(6, in: "pictures"))
    func fingerprint(_ settings: [String], _ name: String) throws -> [Data] {
      let folder = try run(recipe, settings: settings, in: scratch, named: name).folder
      let summary = try Summary(reading: folder)
      return [
        try Data(contentsOf: folder.lastWeights), try Data(contentsOf: folder.historyCSV),
        Data("\(summary.test.sorted { $0.key < $1.key })".utf8),
      ]
    }
    let (base, change) = Self.changes[index]
    let isUnchanged = try fingerprint(base, "before") == fingerprint(base + [change], "after")
    #expect(!isUnchanged, "\(change) does nothing")
  }

  @Test("A resolved recipe reads back as itself", arguments: changes.indices)
  func roundTrip(_ index: Int) throws {
    let (base, change) = Self.changes[index]
    let recipe = try Recipe(
      yaml: restorationRecipe("folder"), source: "keys", settings: base + [change])
    #expect(try Recipe(yaml: recipe.yaml, source: "again") == recipe)
  }

  private static let refused: [(settings: [String], words: [String])] = [
    (["data.task=reconstruction"], ["data.task", "restoration"]),
    (["data.source=shapes"], ["data", "shapes"]),
    (["data.source=dead-leaves"], ["data.folder", "made on the spot"]),
    (["data.folder=null"], ["data.folder", "missing"]),
    (["data.noise=-0.1"], ["data.noise", "out of range"]),
    (["data.noise=[0.2, 0.1]"], ["data.noise", "out of range"]),
    (["data.noise=[0, 0.1]"], ["data.noise", "above 0"]),
    (["data.noise=loud"], ["data.noise", "[least, most]"]),
    (["data.patch=0"], ["data.patch", "out of range"]),
    (["data.operator=blr"], ["data.operator", "not known"]),
    (["data.operator=blur"], ["data.operator", "has parameters"]),
    (["data.operator={name: blur, size: 4, deviation: 1}"], ["data.operator", "odd"]),
    (["data.operator={name: blur, size: 5, deviation: 0}"], ["data.operator", "Deviation"]),
    ([condatVu, "data.operator={name: blur, size: 15, deviation: 1}"], ["data", "15 x 15"]),
    (["data.operator={name: mask, known: 0}"], ["data.operator.known", "above 0"]),
    ([condatVu, "data.operator={name: downsample, factor: 5}"], ["data", "multiples"]),
    ([mask], ["network", "condatVu"]),
    (["network.unrolled.inertia=0.5"], ["network.unrolled.inertia", "dualForwardBackward"]),
    (["network.unrolled.scheme=newton"], ["network.unrolled.scheme", "not known"]),
    (["network.unrolled.range=[1, 0]"], ["network.unrolled.range", "least"]),
    (["network.unrolled.range=[0, 1]"], ["network", "range"]),
    (["network.unrolled.kernel=4"], ["network", "odd"]),
    (["network.unrolled.features=9"], ["network", "features"]),
    (["network.unrolled.threshold=0"], ["network", "threshold"]),
    (["network.unrolled.depth=3"], ["network.unrolled.depth", "unknown key"]),
    (["network.rolled=3"], ["network.rolled", "unknown key"]),
    (["training.initialisation=glorot"], ["initialisation", "cosine"]),
  ]

  @Test("What cannot be is refused in one line that names the key", arguments: refused.indices)
  func refusal(_ index: Int) throws {
    let (settings, words) = Self.refused[index]
    let error = try #require(throws: RecipeError.self) {
      try Recipe(yaml: restorationRecipe("folder"), source: "r", settings: settings)
    }
    let line = error.description
    for word in words { #expect(line.contains(word), "\(line)") }
    #expect(!line.contains("\n"))
  }

  @Test("Folders that hold too little are refused")
  func folders() throws {
    let scratch = try Scratch()
    let folder = try scratch.pictures(4, in: "pictures")
    func problem(_ text: String) throws -> String {
      try #require(throws: RecipeError.self) {
        try DataSets(Recipe(yaml: text, source: "r"))
      }.description
    }
    #expect(try problem(restorationRecipe(folder)).contains("none to train on"))
    #expect(try problem(restorationRecipe("/nowhere")).contains("/nowhere"))
    let large = restorationRecipe(folder).replacing("patch: 12", with: "patch: 25")
      .replacing("testSamples: 2", with: "testSamples: 1")
    #expect(try problem(large).contains("holds no patch"))
    let fewTests = restorationRecipe(folder, data: ", test: \(folder)").replacing(
      "testSamples: 2", with: "testSamples: 5")
    #expect(try problem(fewTests).contains("data.testSamples"))
    try Data("no picture".utf8).write(to: scratch.url.appendingPathComponent("pictures/z.png"))
    #expect(try problem(restorationRecipe(folder)).contains("z.png"))
  }
}
