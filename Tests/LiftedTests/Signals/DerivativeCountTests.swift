import Proximal
import Tensors
import Testing

@testable import Lifted

/// The lifted paths never evaluate the derivative of an activation.
@Suite struct DerivativeCountTests {
  private func network(_ tally: Tally) throws -> Network {
    let tanh = CountingTanh(tally: tally)
    return try Network {
      try dense(6, 8, tanh)
      try dense(8, 7, tanh)
      try dense(7, 3, tanh)
      try dense(3, 3, Softmax())
    }
  }

  private func derivatives(_ method: any MinibatchMethod, _ tally: Tally) throws -> Int {
    let network = try network(tally)
    let samples = TensorSamples(clouds: 3, samples: 24, inputs: 6)
    let training = try StochasticTraining(network, method: method, batchSize: 8, epochs: 2, seed: 1)
    var state = training.start(from: Parameters<Double>.random(network))
    _ = try training.run(&state, on: samples)
    return tally.total
  }

  private static let updates: [[any WeightUpdate]] = {
    let all: [(any WeightUpdate)?] = [
      try? GradientStep(stepSize: 0.1), try? Momentum(stepSize: 0.1), try? Adam(),
      try? ImplicitStep(tau: 1),
    ]
    return all.compactMap { $0 }.map { [$0] }
  }()

  @Test("The one-sweep lifted signals evaluate no derivative, under any update", arguments: 0..<4)
  func lifted(_ update: Int) throws {
    #expect(Self.updates.count == 4)
    for signal in LiftedLimitTests.signals {
      let tally = Tally()
      let nudge = try Nudge(0.1, rescue: Nudge.Rescue())
      let method = OneSweep(signal: signal, updates: Self.updates[update], nudge: nudge)
      #expect(try derivatives(method, tally) == 0)
    }
  }

  @Test("The implicit stochastic gradient method evaluates no derivative")
  func implicit() throws {
    #expect(try derivatives(ImplicitStochasticGradient(tau: 1, rounds: 5), Tally()) == 0)
  }

  @Test("Block descent evaluates no derivative", arguments: 1..<16)
  func blockDescent(_ blocks: Int) throws {
    let tally = Tally()
    let (network, pool) = (try network(tally), WorkerPool(threads: 1))
    for update in [Moves.proximalGradient, .mirror] {
      let descent = try BlockDescent(
        Energy(network), free: Blocks(rawValue: blocks), variableSolver: try update.solver)
      var state = descent.start(
        at: try LiftedPoint<Double>(
          forward: normal([5, 6], lane: 1), output: oneHot(5, classes: 3), theta: .random(network),
          network: network, on: pool), on: pool)
      for _ in 0..<3 { try descent.round(&state, on: pool) }
    }
    #expect(tally.total == 0)
  }

  @Test("Calibration and diagnosis evaluate no derivative")
  func diagnostics() throws {
    let tally = Tally()
    let (network, pool) = (try network(tally), WorkerPool(threads: 1))
    let probe = Batch<Double>(inputs: normal([5, 6], lane: 1), targets: oneHot(5, classes: 3))
    let theta = Parameters<Double>.random(network)
    _ = try NudgeCalibration().nudge(for: CentredContrast(), network, theta, probe, on: pool)
    _ = try LayerDiagnosis.ofLayers(of: network, at: theta, probe, beta: 1, on: pool)
    #expect(tally.total == 0)
  }

  @Test("Back-propagation evaluates them: the counter counts")
  func backPropagation() throws {
    let method = OneSweep(
      signal: BackPropagation(), updates: [try GradientStep(stepSize: 0.1)], nudge: try Nudge(1))
    // Three hidden layers, six steps of eight samples, one row at a time or several.
    #expect(try derivatives(method, Tally()) >= 3 * 6)
  }

  @Test("An activation without a derivative trains under the lifted methods")
  func derivativeless() throws {
    let network = try Network {
      try dense(6, 12, Derivativeless())
      try dense(12, 3, Softmax())
    }
    let samples = TensorSamples(clouds: 3, samples: 60, inputs: 6)
    let adam = [try Adam(stepSize: 0.01)]
    let methods: [any MinibatchMethod] = [
      OneSweep(signal: CentredContrast(), updates: adam, nudge: try Nudge(0.1)),
      OneSweep(signal: MirrorSweep(), updates: adam, nudge: try Nudge(0.1)),
      try ImplicitStochasticGradient(tau: 1, rounds: 5),
    ]
    for method in methods {
      let training = try StochasticTraining(
        network, method: method, batchSize: 20, epochs: 12, seed: 1)
      var state = training.start(from: Parameters<Double>.random(network))
      let losses = try training.run(&state, on: samples)
      #expect(losses[11] < 0.7 * losses[0])
    }
    #expect(throws: SolverError.self) {
      try StochasticTraining(
        network, method: OneSweep(signal: BackPropagation(), updates: adam, nudge: try Nudge(1)),
        batchSize: 20, epochs: 1, seed: 1)
    }
  }
}
