import Lifted
import Proximal
import Tensors
import Testing

@Suite("The article on choosing a method")
struct MethodExample {
  @Test("The methods that it names can be made and train a network")
  func methods() throws {
    let pool = WorkerPool(threads: 2)
    let network = try Network {
      try dense(256, 16, SoftThreshold(alpha: 0.1))
      try dense(16, 6, Softmax())
    }
    let shapes = ShapeImages.make(count: 200, seed: 1, lane: 0)
    let samples = try ImageSamples(
      bytes: shapes.bytes, labels: shapes.labels, pixels: 256, task: .classification(classes: 6),
      seed: 1)
    let theta: Parameters<Float> = try Initialisation.leCun.parameters(
      for: network, seed: 1, on: pool)
    let probe: Batch<Float> = samples.batch(of: 0..<100, on: pool)

    // The default: one sweep, Adam, the loss weighted by a calibrated nudge.
    let beta = try NudgeCalibration().nudge(for: CentredContrast(), network, theta, probe, on: pool)
    let standard = OneSweep(
      signal: CentredContrast(), updates: [try Adam()], nudge: try Nudge(beta))

    // Adam on hidden layers, the implicit step on the last one.
    let hybrid = OneSweep(
      signal: CentredContrast(), updates: [try Adam(), try ImplicitStep(tau: 1, relaxation: 0.2)],
      nudge: try Nudge(1))

    // Units that no derivative reaches: a large nudge while a layer is dead, annealed afterwards.
    let rescue = OneSweep(
      signal: MirrorSweep(), updates: [try ImplicitStep(tau: 1)],
      nudge: try Nudge(1, rescue: Nudge.Rescue(strength: 100)))

    // The literal implicit stochastic gradient method with five inner rounds.
    let literal = try ImplicitStochasticGradient(tau: 1, rounds: 5)

    // The controls.
    let sameUpdate = OneSweep(
      signal: BackPropagation(), updates: [try Adam()], nudge: try Nudge(1))
    let randomFeatures = network.withFrozenHiddenLayers

    let methods: [any MinibatchMethod] = [standard, hybrid, rescue, literal, sameUpdate]
    for method in methods {
      try trains(network, method, theta, samples, pool)
    }
    try trains(randomFeatures, standard, theta, samples, pool)
  }

  private func trains(
    _ network: Network, _ method: any MinibatchMethod, _ theta: Parameters<Float>,
    _ samples: ImageSamples, _ pool: WorkerPool
  ) throws {
    let training = try StochasticTraining(
      network, method: method, batchSize: 20, epochs: 3, seed: 1)
    var state = training.start(from: theta)
    var workspace = TrainingWorkspace<Float>(for: network)
    while state.progress.epoch < training.epochs {
      _ = try training.step(&state, &workspace, from: samples, on: pool)
    }
    let (before, after) = (
      Evaluation(of: theta, network, on: samples, pool: pool),
      Evaluation(of: state.theta, network, on: samples, pool: pool)
    )
    #expect(after.loss < before.loss)
    #expect((state.theta.layers[0] == theta.layers[0]) == !network.layers[0].isTrainable)
  }
}
