import Proximal
import RealModule
import Tensors
import Testing

@testable import Lifted

@Suite("One sweep whose gradient arrives late")
struct DelayedSweepTests {
  private func train(
    _ naive: Naive, _ method: any MinibatchMethod, _ batch: Batch<Double>, batchSize: Int,
    epochs: Int = 1, steps: Int = .max
  ) throws -> TrainingState<Double> {
    let training = try StochasticTraining(
      naive.network, method: method, batchSize: batchSize, epochs: epochs, seed: 3)
    var state = training.start(from: Parameters<Double>.random(naive.network))
    _ = try training.run(&state, on: TensorSamples(batch), steps: steps)
    return state
  }

  @Test("Without delay it is one sweep", arguments: [0, 1, 2])
  func noDelay(_ which: Int) throws {
    let naive = try Naive([4, 6, 5, 3], [.tanh, .relu, .softmax])
    let batch = naive.batch(24)
    let updates: [any WeightUpdate] = [
      try [GradientStep(stepSize: 0.3), Momentum(stepSize: 0.1), Adam(stepSize: 0.01)][which]
    ]
    let signal = CentredContrast()
    let a = try train(
      naive, DelayedSweep(signal: signal, updates: updates, delay: 0, nudge: 0.5), batch,
      batchSize: 7, epochs: 3)
    let b = try train(
      naive, OneSweep(signal: signal, updates: updates, nudge: Nudge(0.5)), batch, batchSize: 7,
      epochs: 3)
    #expect(distance(a.theta, b.theta) < 1e-12)
    #expect(abs(a.progress.lossOfEpoch - b.progress.lossOfEpoch) < 1e-12)
    #expect(a.layerSteps == b.layerSteps)
  }

  @Test("Each step is along the gradient of K steps ago, the first K leave all as it is")
  func recurrence() throws {
    let naive = try Naive([4, 5, 3], [.tanh, .softmax])
    let batch = naive.batch(20)
    let (delay, step) = (3, 0.4)
    func states(_ delay: Int) throws -> [TrainingState<Double>] {
      let method = try DelayedSweep(
        signal: BackPropagation(), updates: [GradientStep(stepSize: step)], delay: delay,
        weightPenalty: .none)
      return try (0...10).map {
        try train(naive, method, batch, batchSize: 6, epochs: 9, steps: $0)
      }
    }
    let late = try states(delay)
    #expect(late[0...3].allSatisfy { $0.theta == late[0].theta && $0.layerSteps == [0, 0] })
    for t in 3..<10 {
      // One sweep on the batch of step t - K, from the weights of then.
      let training = try StochasticTraining(
        naive.network,
        method: OneSweep(
          signal: BackPropagation(), updates: [GradientStep(stepSize: step)], nudge: Nudge(1),
          weightPenalty: .none), batchSize: 6, epochs: 9, seed: 3)
      var then = training.start(from: late[t - delay].theta)
      then.progress = late[t - delay].progress
      _ = try training.run(&then, on: TensorSamples(batch), steps: 1)
      for l in 0...1 {
        for slot in 0...1 {
          var expected = late[t].theta.layers[l][slot]
          expected.combine(1, 1, then.theta.layers[l][slot])
          expected.combine(1, -1, late[t - delay].theta.layers[l][slot])
          #expect(distance(late[t + 1].theta.layers[l][slot], expected) < 1e-12, "step \(t)")
        }
      }
    }
  }

  /// How far weight and offset are from the minimum, where they began at a distance of about 1, after
  /// steps on `1/2 (w - 0.3)^2 + 1/2 (b - 0.1)^2`: there `L` is 1.
  private func error(delay: Int, step: Double) throws -> Double {
    let naive = try Naive([1, 1], [.identity])
    let batch = Batch<Double>(
      inputs: Tensor(rows: [[1], [-1]]), targets: Tensor(rows: [[0.4], [-0.2]]))
    let method = try DelayedSweep(
      signal: MirrorSweep(), updates: [GradientStep(stepSize: step)], delay: delay,
      weightPenalty: .none)
    let theta = try train(naive, method, batch, batchSize: 2, epochs: 4000).theta.layers[0]
    return max(abs(theta[0].scalars[0] - 0.3), abs(theta[1].scalars[0] - 0.1))
  }

  @Test(
    "On a quadratic it converges below 2 sin(pi/(4K+2))/L and diverges beyond",
    arguments: [0, 1, 3, 8])
  func limit(delay: Int) throws {
    let limit = 2 * Double.sin(.pi / Double(4 * delay + 2))
    #expect(try error(delay: delay, step: 0.97 * limit) < 1e-3)
    #expect(try error(delay: delay, step: 1.03 * limit) > 1e3)
    // The step of the theory, which holds for every convex sum, is well below.
    #expect(try error(delay: delay, step: 1 / Double(2 * delay + 1)) < 1e-6)
  }

  @Test("A longer delay with the same step diverges")
  func longerDelay() throws {
    let step = 1.0 / 7
    #expect(try error(delay: 3, step: step) < 1e-6)
    #expect(try error(delay: 12, step: step) > 1e3)
  }

  @Test("Every parameter changes the result")
  func everyParameterCounts() throws {
    let naive = try Naive([4, 6, 3], [.tanh, .softmax])
    let batch = naive.batch(24)
    let (signal, adam) = (CentredContrast(), [try Adam(stepSize: 0.01)])
    let results = try [
      DelayedSweep(signal: signal, updates: adam, delay: 2),
      DelayedSweep(signal: BackPropagation(), updates: adam, delay: 2),
      DelayedSweep(signal: signal, updates: [try Momentum(stepSize: 0.01)], delay: 2),
      DelayedSweep(signal: signal, updates: adam, delay: 3),
      DelayedSweep(signal: signal, updates: adam, delay: 2, nudge: 0.3),
      DelayedSweep(
        signal: signal, updates: adam, delay: 2, weightPenalty: WeightPenalty(decay: 0.1)),
    ].map { try train(naive, $0, batch, batchSize: 7, epochs: 3).theta }
    for i in results.indices {
      for j in 0..<i { #expect(distance(results[i], results[j]) > 1e-6, "\(i) and \(j)") }
    }
  }

  @Test("Updates that need the batch itself, normalising layers and bad numbers are refused")
  func refusals() throws {
    let network = try Naive([4, 3], [.softmax]).network
    let updates: [any WeightUpdate] = [
      try ImplicitStep(tau: 1), try CovarianceStep(stepSize: 0.1),
    ]
    for update in updates {
      let error = #expect(throws: SolverError.self) {
        try DelayedSweep(signal: MirrorSweep(), updates: [update], delay: 1).check(network)
      }
      #expect(error?.description.contains("use gradient, momentum or adam") == true)
    }
    let image = try ImageShape(channels: 1, height: 2, width: 2)
    let normalised = try Network {
      Layer(try BatchNormalisation(image), ReLU())
      try dense(4, 3, Softmax())
    }
    #expect(throws: SolverError.self) {
      try DelayedSweep(signal: MirrorSweep(), updates: [try Adam()], delay: 1).check(normalised)
    }
    #expect(throws: SolverError.self) {
      try DelayedSweep(signal: MirrorSweep(), updates: [try Adam()], delay: -1)
    }
    for bad in notPositive {
      #expect(throws: SolverError.self) {
        try DelayedSweep(signal: MirrorSweep(), updates: [try Adam()], delay: 1, nudge: bad)
      }
    }
  }
}
