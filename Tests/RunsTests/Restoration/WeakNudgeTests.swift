import Lifted
import Tensors
import Testing

@testable import Runs

/// The networks of the recipes for restoration in double precision: the weaker the nudge, the nearer the
/// lifted gradient to back-propagation's.
@Suite struct WeakNudgeTests {
  private static let smaller = [
    "data.trainingSamples=16", "data.validationSamples=1", "data.testSamples=1",
  ]

  @Test(
    "At a tenth of the calibrated nudge the cosine to back-propagation is 0.999, untrained and trained",
    arguments: [("denoise", 0), ("denoise", 12), ("deblur", 0), ("deblur", 12)])
  func cosine(_ name: String, after steps: Int) throws {
    let pool = WorkerPool(threads: 2)
    let recipe = try Recipe(
      yaml: try #require(BuiltInRecipes.text(of: name)), source: name, settings: Self.smaller)
    let experiment = try Experiment(recipe, method: recipe.methods[0], on: pool)
    var state = experiment.training.start(from: experiment.initial)
    var workspace = TrainingWorkspace<Float>(for: experiment.network)
    for _ in 0..<steps {
      _ = try experiment.training.step(&state, &workspace, from: experiment.data.train, on: pool)
    }
    let batch = experiment.data.train.batch(of: 0..<16, as: Double.self, on: pool)
    var theta = Parameters<Double>(zerosFor: experiment.network)
    theta.layers = try state.theta.layers.map { tensors in
      try tensors.map { try Tensor(shape: $0.shape, scalars: $0.scalars.map(Double.init)) }
    }
    let signal = CentredContrast()
    let nudge = try NudgeCalibration().nudge(
      for: signal, experiment.network, theta, batch, on: pool)
    let cosine = signal.cosineToBackPropagation(
      of: experiment.network, at: theta, batch, beta: nudge / 10, on: pool)
    let found = try #require(cosine)
    #expect(found >= 0.999, "nudge \(nudge): \(found)")
  }
}
