import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct StochasticTrainingTests {
  private func method(_ stepSize: Double = 0.05) throws -> OneSweep {
    OneSweep(
      signal: CentredContrast(), updates: [try GradientStep(stepSize: stepSize)],
      nudge: try Nudge(0.1), weightPenalty: .none)
  }

  @Test("Every sample is used once an epoch, the last batch being smaller")
  func lastBatch() throws {
    let naive = try Naive([4, 5, 3], [.relu, .softmax])
    let samples = TensorSamples(naive.batch(23))
    let training = try StochasticTraining(
      naive.network, method: try method(1e-30), batchSize: 10, epochs: 2, seed: 1)
    #expect(training.stepsPerEpoch(samples: 23) == 3)
    let theta = Parameters<Double>.random(naive.network)
    var state = training.start(from: theta)
    let losses = try training.run(&state, on: samples)
    #expect(state.progress.step == 6 && state.progress.gradientEvaluations == 6)
    // The weights hardly move, so each epoch's loss is that of all samples.
    let whole = naive.loss(theta, Batch(inputs: samples.x, targets: samples.y))
    #expect(losses.count == 2)
    for loss in losses { #expect(abs(loss - whole) < 1e-12) }
  }

  @Test("Each epoch has its own order, which the seed decides")
  func orders() throws {
    let naive = try Naive([4, 5, 3], [.relu, .softmax])
    func order(_ epoch: Int, _ seed: UInt64) -> [Int] {
      var workspace = TrainingWorkspace<Float>(for: naive.network)
      return workspace.order(of: 50, epoch: epoch, seed: seed, shuffled: true)
    }
    #expect(order(0, 1) != order(1, 1) && order(0, 1) != order(0, 2) && order(3, 4) == order(3, 4))
    #expect(order(7, 7).sorted() == Array(0..<50))
  }

  @Test("Samples that do not fit the network, and no samples, are refused")
  func samplesThatDoNotFit() throws {
    let network = try Naive([4, 5, 3], [.relu, .softmax]).network
    let training = try StochasticTraining(
      network, method: try method(), batchSize: 10, epochs: 1, seed: 1)
    for (samples, inputs, classes) in [(10, 5, 3), (10, 4, 2), (0, 4, 3)] {
      var state = training.start(from: Parameters<Double>.random(network))
      #expect(throws: SolverError.self) {
        try training.run(
          &state, on: TensorSamples(clouds: classes, samples: samples, inputs: inputs))
      }
    }
  }

  @Test("A batch larger than the data is the data")
  func largeBatch() throws {
    let naive = try Naive([4, 5, 3], [.relu, .softmax])
    let samples = TensorSamples(naive.batch(7))
    let training = try StochasticTraining(
      naive.network, method: try method(), batchSize: 100, epochs: 3, seed: 1)
    var state = training.start(from: Parameters<Double>.random(naive.network))
    _ = try training.run(&state, on: samples)
    #expect(state.progress.step == 3)
  }

  @Test("A full-batch step with back-propagated errors is a gradient step on the loss")
  func fullBatchStep() throws {
    let naive = try Naive([4, 5, 3], [.tanh, .softmax])
    let batch = naive.batch(7)
    let theta = Parameters<Double>.random(naive.network)
    let gradient = try BackPropagation().weightGradient(
      of: naive.network, at: theta, batch, beta: 1, on: WorkerPool(threads: 1))
    let method = OneSweep(
      signal: BackPropagation(), updates: [try GradientStep(stepSize: 0.05)], nudge: try Nudge(0.3),
      weightPenalty: .none)
    let training = try StochasticTraining(
      naive.network, method: method, batchSize: 7, epochs: 1, seed: 1)
    var state = training.start(from: theta)
    _ = try training.run(&state, on: TensorSamples(batch))
    var expected = theta
    for l in 0...1 {
      for slot in 0...1 { expected.layers[l][slot].combine(1, -0.05, gradient.layers[l][slot]) }
    }
    // The lower layer's error passes through the upper weights after they have moved.
    #expect(distance(state.theta.layers[1][0], expected.layers[1][0]) < 1e-12)
    #expect(distance(state.theta, expected) < 0.05 * 0.1)
  }

  @Test("Training hands each update its own memory and count of steps")
  func updatesKeepTheirMemory() throws {
    let pool = WorkerPool(threads: 1)
    let naive = try Naive([4, 3], [.identity])
    let batch = naive.batch(9)
    let start = Parameters<Double>.random(naive.network)
    let adam = try Adam(stepSize: 0.02, firstDecay: 0.7, secondDecay: 0.8)
    let method = OneSweep(
      signal: MirrorSweep(), updates: [adam], nudge: try Nudge(0.5), weightPenalty: .none)
    let training = try StochasticTraining(
      naive.network, method: method, batchSize: 9, epochs: 7, seed: 1)
    var state = training.start(from: start)
    _ = try training.run(&state, on: TensorSamples(batch))
    var block = WeightBlock(start.layers[0], moments: 2)
    for _ in 0..<7 {
      var theta = start
      theta.layers[0] = block.theta
      let point = try LiftedPoint(
        forward: batch.inputs, theta: theta, network: naive.network, on: pool)
      var residual = point.x[1]
      residual.combine(1, -1, batch.targets)
      adam.update(
        &block,
        UpdateContext(
          stage: naive.network.layers[0].stage, residual: residual, input: batch.inputs,
          scale: 1 / 9.0), on: pool)
    }
    #expect(distance(state.theta.layers[0][0], block.theta[0]) < 1e-9)
    #expect(distance(state.theta.layers[0][1], block.theta[1]) < 1e-9)
    #expect(state.layerSteps == [7])
  }

  @Test("Frozen layers do not move, wherever they are", arguments: 0...7)
  func frozen(_ mask: Int) throws {
    let layers = try Naive([4, 6, 5, 3], [.relu, .tanh, .softmax]).network.layers
    let network = try Network(
      layers.enumerated().map { $1.trainable(mask >> $0 & 1 == 1) })
    let samples = TensorSamples(clouds: 3, samples: 24, inputs: 4)
    let start = Parameters<Double>.random(network)
    for method in [
      try method() as any MinibatchMethod, try ImplicitStochasticGradient(tau: 1, rounds: 2),
    ] {
      let training = try StochasticTraining(
        network, method: method, batchSize: 8, epochs: 1, seed: 1)
      var state = training.start(from: start)
      _ = try training.run(&state, on: samples)
      for l in 0..<3 {
        #expect(
          (state.theta.layers[l] == start.layers[l]) == (mask >> l & 1 == 0), "layer \(l + 1)")
      }
    }
  }

  @Test("Freezing a layer above does not change how the ones below it are nudged")
  func signalPassesFrozenLayers() throws {
    let network = try Naive([4, 6, 3], [.relu, .softmax]).network
    let frozen = try Network([network.layers[0], network.layers[1].trainable(false)])
    let start = Parameters<Double>.random(network)
    var state = try StochasticTraining(
      frozen, method: try method(), batchSize: 12, epochs: 1, seed: 1
    )
    .start(from: start)
    _ = try StochasticTraining(frozen, method: try method(), batchSize: 12, epochs: 1, seed: 1)
      .run(&state, on: TensorSamples(clouds: 3, samples: 12, inputs: 4))
    #expect(distance(state.theta.layers[0][0], start.layers[0][0]) > 1e-6)
  }

  @Test("Wrong numbers of updates and of anything else are refused")
  func refusals() throws {
    let network = try Naive([4, 6, 5, 3], [.relu, .tanh, .softmax]).network
    let two = OneSweep(
      signal: MirrorSweep(), updates: [try Adam(), try Adam()], nudge: try Nudge(1))
    let none = OneSweep(signal: MirrorSweep(), updates: [], nudge: try Nudge(1))
    for method in [two, none] {
      #expect(throws: SolverError.self) {
        try StochasticTraining(network, method: method, batchSize: 1, epochs: 1, seed: 1)
      }
    }
    for (batchSize, epochs) in [(0, 1), (1, 0), (-1, 1)] {
      #expect(throws: SolverError.self) {
        try StochasticTraining(
          network, method: try method(), batchSize: batchSize, epochs: epochs, seed: 1)
      }
    }
  }
}
