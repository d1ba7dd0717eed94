import Foundation
import Testing

@testable import Runs

/// Every key of a recipe does something: change it, and the run is another one.
@Suite struct RecipeKeyTests {
  private static let recipe = """
    name: keys
    data:
      {source: shapes, task: reconstruction, noise: 0.1, trainingSamples: 60, validationSamples: 12, testSamples: 20}
    network:
      - {width: 6, activation: relu}
      - {width: 6, activation: {name: softThreshold, alpha: 0.05}, l1: 0.01}
      - {width: 256, activation: identity}
    training: {epochs: 2, batchSize: 16}
    methods:
      - {name: m, signal: mirror, nudge: 0.5, update: {rule: adam}}

    """

  private static let adam = "methods[0].update={rule: adam}"
  private static let momentum = "methods[0].update={rule: momentum, stepSize: 0.01}"
  private static let implicit = "methods[0].update={rule: implicit, tau: 0.5}"
  private static let covariance = "methods[0].update={rule: covariance, stepSize: 0.05}"
  private static let contrastive =
    "methods[0]={name: m, kind: contrastive, sweeps: 2, update: {rule: adam}}"
  private static let finiteSum = "methods[0]={name: m, kind: finiteSum, stepSize: 0.01}"
  private static let inner =
    "methods[0]={name: m, kind: implicitStochasticGradient, tau: 0.5, rounds: 2}"
  private static let rescue = "methods[0].rescue={activeBelow: 0.9, strength: 50, annealing: 0.9}"
  private static let labels = [
    "data.task=classification", "data.noise=0", "network[2]={width: 6, activation: softmax}",
  ]

  private static let images = [
    "network[0]={convolution: 4, kernel: 3, activation: relu}", "network[1]={averagePooling: 2}",
  ]
  private static let twoConvolutions =
    images + ["network[1]={convolution: 4, kernel: 3, activation: relu}"]
  private static let transposed =
    images + ["network[1]={transposedConvolution: 2, kernel: 3, stride: 2, activation: relu}"]
  private static let residual = ["network[1]={residual: 6, activation: relu}"]

  /// What a run is made from, and the setting that must make another one of it.
  private static let changes: [(base: [String], change: String)] = [
    ([], "seed=2"), ([], "data.noise=0.2"), ([], "data.trainingSamples=59"),
    ([], "data.validationSamples=13"), ([], "data.testSamples=19"),
    (labels, "network[0].width=7"), ([], "network[0].width=7"), ([], "network[0].activation=tanh"),
    ([], "network[1].activation.alpha=0.2"), ([], "network[1].l1=0.1"),
    ([], "network[0].frozen=true"), ([], "training.epochs=3"), ([], "training.batchSize=15"),
    ([], "training.schedule=cosine"), ([], "training.schedule=inverse"),
    ([], "training.initialisation=leCun"), ([], "training.initialisation=glorot"),
    ([], "training.initialisation=dataDependent"), ([], "methods[0].signal=contrast"),
    ([], "methods[0]={name: m, signal: backPropagation, update: {rule: adam}}"),
    ([], "methods[0].nudge=0.25"),
    ([], "methods[0].nudge=auto"), ([], rescue), ([rescue], "methods[0].rescue.strength=60"),
    ([rescue], "methods[0].rescue.activeBelow=0.001"),
    ([rescue], "methods[0].rescue.annealing=0.5"),
    ([], "methods[0].weightDecay=0.1"), ([], "methods[0].weightRadius=0.5"),
    ([], "methods[0].frozenHiddenLayers=true"), ([adam], momentum), ([adam], implicit),
    ([adam], "methods[0].update={rule: gradient, stepSize: 0.001}"),
    ([adam], "methods[0].update.stepSize=0.002"), ([adam], "methods[0].update.firstDecay=0.8"),
    ([adam], "methods[0].update.secondDecay=0.9"), ([adam], "methods[0].update.epsilon=0.01"),
    ([momentum], "methods[0].update.stepSize=0.02"), ([momentum], "methods[0].update.decay=0.5"),
    ([implicit], "methods[0].update.tau=0.6"), ([implicit], "methods[0].update.relaxation=0.5"),
    ([adam], covariance), ([covariance], "methods[0].update.stepSize=0.04"),
    ([covariance], "methods[0].update.decay=0.5"), ([covariance], "methods[0].update.epsilon=0.2"),
    ([covariance], "methods[0].update.refresh=3"),
    ([], contrastive), ([contrastive], "methods[0].gamma=0.2"),
    ([contrastive], "methods[0].sweeps=3"), ([contrastive], "methods[0].sweep=forward"),
    ([contrastive], "methods[0].update.stepSize=0.002"),
    ([contrastive], "methods[0].weightDecay=0.1"),
    ([], finiteSum), ([finiteSum], "methods[0].rule=piag"),
    ([finiteSum], "methods[0].signal=mirror"), ([finiteSum], "methods[0].stepSize=0.02"),
    ([finiteSum], "methods[0].nudge=0.3"), ([finiteSum], "methods[0].weightDecay=0.1"),
    ([], inner), ([inner], "methods[0].tau=0.6"), ([inner], "methods[0].rounds=3"),
    ([inner], "methods[0].sweep=forward"), ([inner], "methods[0].sweep=jacobi"),
    ([inner], "methods[0].sweep=redBlack"), ([inner], "methods[0].lossWeight=0.5"),
    ([inner], "methods[0].weightDecay=0.1"), ([inner], "methods[0].weightRadius=0.5"),
    (
      ["methods[0]={name: m, signal: mirror, updates: [{rule: adam}, {rule: adam}, {rule: adam}]}"],
      "methods[0].updates[2]={rule: implicit, tau: 1}"
    ),
    (["training.epochs=40"], "training.patience=1"),
    (["training.epochs=40"], "training.maximumSeconds=0.000001"),
    ([], "training.maximumGradientEvaluations=1"),
    (images, "network[0].convolution=5"), (images, "network[0].kernel=5"),
    (images, "network[0].kernel=[3, 5]"), (images, "network[0].stride=2"),
    (images, "network[0].padding=1"), (images, "network[0].dilation=2"),
    (images, "network[0].bias=false"), (twoConvolutions, "network[1].groups=2"),
    (images, "network[1].averagePooling=3"), (images, "network[1].stride=1"),
    (images, "network[1].activation=relu"),
    (images, "network[1]={batchNormalisation: true, activation: relu}"),
    (
      images + ["network[1]={batchNormalisation: true, activation: relu}"],
      "network[1].epsilon=0.5"
    ),
    (transposed, "network[1].transposedConvolution=3"),
    (transposed, "network[1].outputPadding=1"),
    ([], "network[0].times=2"), ([], "network[1]={residual: 6, activation: relu}"),
    (residual, "network[1].back=adjoint"), (residual, "network[1].back=identity"),
    (residual, "network[1].residual=7"), (residual, "network[1].times=2"),
    (residual, "network[1].activation=tanh"), (residual, "network[1].frozen=true"),
  ]

  /// All that a run says: weights, history, and the figures of its evaluation.
  private func fingerprint(_ settings: [String], _ scratch: Scratch, _ name: String) throws
    -> [Data]
  {
    let folder = try run(Self.recipe, settings: settings, in: scratch, named: name).folder
    let summary = try Summary(reading: folder)
    let figures = "\(summary.test.sorted { $0.key < $1.key }) \(summary.validation.count)"
    return [
      try Data(contentsOf: folder.lastWeights), try Data(contentsOf: folder.historyCSV),
      Data(figures.utf8),
    ]
  }

  @Test(
    "Each key, when changed, changes weights, history or evaluation", arguments: changes.indices)
  func key(_ index: Int) throws {
    let (base, change) = Self.changes[index]
    let scratch = try Scratch()
    // Patience has nothing to say while every epoch is better: give it steps too large to be so.
    let rough = change.contains("patience") ? ["methods[0].update.stepSize=0.3"] : []
    let before = try fingerprint(base + rough, scratch, "before")
    let isFunction = try fingerprint(base + rough, scratch, "again") == before
    #expect(isFunction, "the run is no function of its recipe")
    let isUnchanged = try fingerprint(base + rough + [change], scratch, "after") == before
    #expect(!isUnchanged, "\(change) does nothing")
  }

  @Test("The kind of task changes what is evaluated")
  func task() throws {
    let scratch = try Scratch()
    let pictures = try run(Self.recipe, settings: [], in: scratch, named: "pictures")
    let labels = try run(Self.recipe, settings: Self.labels, in: scratch, named: "labels")
    #expect(
      try Set(Summary(reading: pictures.folder).test.keys) == [
        "loss", "mse", "best_mse",
      ])
    #expect(
      try Set(Summary(reading: labels.folder).test.keys)
        == ["loss", "accuracy", "best_accuracy"])
  }
}
