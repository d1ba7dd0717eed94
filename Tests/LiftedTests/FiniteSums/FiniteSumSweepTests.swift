import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct FiniteSumSweepTests {
  private static let samples = 24
  private let pool = WorkerPool(threads: 1)

  /// Trains for some epochs in batches; the states after each.
  private func train(
    _ naive: Naive, _ method: FiniteSumSweep, _ batch: Batch<Double>, batchSize: Int, epochs: Int
  ) throws -> TrainingState<Double> {
    let training = try StochasticTraining(
      naive.network, method: method, batchSize: batchSize, epochs: epochs, seed: 3)
    var state = training.start(from: Parameters<Double>.random(naive.network))
    _ = try training.run(&state, on: TensorSamples(batch))
    return state
  }

  @Test(
    "On one convex layer both rules end where the whole gradient and the decay balance",
    arguments: FiniteSumSweep.Rule.allCases, [5, 24])
  func oneLayer(_ rule: FiniteSumSweep.Rule, _ batchSize: Int) throws {
    let naive = try Naive([4, 3], [.sigmoid])
    let (batch, decay) = (naive.batch(Self.samples), 0.1)
    let method = try FiniteSumSweep(
      signal: MirrorSweep(), rule: rule, stepSize: 0.1, weightPenalty: WeightPenalty(decay: decay))
    let theta = try train(naive, method, batch, batchSize: batchSize, epochs: 3000).theta
    for slot in 0...1 {
      var gradient = theta.layers[0][slot].scaled(by: slot == 0 ? decay : 0)
      for i in 0..<Self.samples {
        let x = batch.inputs.row(i)
        let sigma = Formula.sigmoid.sigma(naive.preactivation(1, theta, x))
        for unit in 0..<3 {
          let residual = (sigma[unit] - batch.targets[i, unit]) / Double(Self.samples)
          if slot == 1 {
            gradient[unit] += residual
          } else {
            for j in 0..<4 { gradient[unit, j] += residual * x[j] }
          }
        }
      }
      #expect(gradient.squaredNorm.squareRoot() < 1e-10, "parameter \(slot)")
    }
  }

  @Test(
    "While the weights hardly move, every step of the second epoch is along the whole gradient",
    arguments: FiniteSumSweep.Rule.allCases)
  func noVariance(_ rule: FiniteSumSweep.Rule) throws {
    let naive = try Naive([4, 6, 5, 3], [.tanh, .relu, .softmax])
    let batch = naive.batch(Self.samples)
    let step = 1e-7
    func method(_ rule: FiniteSumSweep.Rule) throws -> FiniteSumSweep {
      try FiniteSumSweep(
        signal: CentredContrast(), rule: rule, stepSize: step, nudge: 0.5, weightPenalty: .none)
    }
    // In one batch of all samples a step is one of gradient descent, whatever the rule.
    let whole = try train(naive, method(.saga), batch, batchSize: Self.samples, epochs: 1).theta
    let start = Parameters<Double>.random(naive.network)
    let training = try StochasticTraining(
      naive.network, method: try method(rule), batchSize: 7, epochs: 2, seed: 3)
    var state = training.start(from: start)
    let first = try training.run(&state, on: TensorSamples(batch), steps: 4)
    #expect(first.count == 1)
    var workspace = TrainingWorkspace<Double>(for: naive.network)
    for _ in 0..<4 {
      let before = state.theta
      _ = try training.step(&state, &workspace, from: TensorSamples(batch), on: pool)
      for l in 0...2 {
        for slot in 0...1 {
          var moved = state.theta.layers[l][slot]
          moved.combine(1, -1, before.layers[l][slot])
          var expected = whole.layers[l][slot]
          expected.combine(1, -1, start.layers[l][slot])
          #expect(distance(moved, expected) < 1e-4 * step, "layer \(l + 1), \(slot)")
          #expect(expected.squaredNorm.squareRoot() > 1e-3 * step)
        }
      }
    }
  }

  @Test("In the first epoch SAGA is gradient descent, PIAG descends along the mean so far")
  func firstEpoch() throws {
    let naive = try Naive([4, 3], [.softmax])
    let batch = naive.batch(Self.samples)
    let step = 1e-7
    var steps: [FiniteSumSweep.Rule: [Tensor<Double>]] = [:]
    let descent = OneSweep(
      signal: MirrorSweep(), updates: [try GradientStep(stepSize: step)], nudge: try Nudge(1),
      weightPenalty: .none)
    func moves(_ method: any MinibatchMethod) throws -> [Tensor<Double>] {
      let training = try StochasticTraining(
        naive.network, method: method, batchSize: 8, epochs: 1, seed: 3)
      var state = training.start(from: Parameters<Double>.random(naive.network))
      var workspace = TrainingWorkspace<Double>(for: naive.network)
      return try (0..<3).map { _ in
        let before = state.theta.layers[0][0]
        _ = try training.step(&state, &workspace, from: TensorSamples(batch), on: pool)
        var moved = state.theta.layers[0][0]
        moved.combine(1 / step, -1 / step, before)
        return moved
      }
    }
    for rule in FiniteSumSweep.Rule.allCases {
      steps[rule] = try moves(
        FiniteSumSweep(
          signal: MirrorSweep(), rule: rule, stepSize: step, weightPenalty: .none))
    }
    let plain = try moves(descent)
    for k in 0..<3 {
      #expect(distance(try #require(steps[.saga])[k], plain[k]) < 1e-5)
      var mean = Tensor<Double>(shape: plain[0].shape)
      for j in 0...k { mean.combine(1, 1 / Double(k + 1), plain[j]) }
      #expect(distance(try #require(steps[.piag])[k], mean) < 1e-5)
    }
    #expect(distance(plain[0], plain[1]) > 1e-3)
  }

  @Test("Every parameter changes the result")
  func everyParameterCounts() throws {
    let naive = try Naive([4, 6, 3], [.tanh, .softmax])
    let batch = naive.batch(Self.samples)
    let strong = try WeightPenalty(decay: 0.1)
    let results = try [
      FiniteSumSweep(signal: CentredContrast(), rule: .saga, stepSize: 0.1),
      FiniteSumSweep(signal: BackPropagation(), rule: .saga, stepSize: 0.1),
      FiniteSumSweep(signal: CentredContrast(), rule: .piag, stepSize: 0.1),
      FiniteSumSweep(signal: CentredContrast(), rule: .saga, stepSize: 0.2),
      FiniteSumSweep(signal: CentredContrast(), rule: .saga, stepSize: 0.1, nudge: 0.3),
      FiniteSumSweep(
        signal: CentredContrast(), rule: .saga, stepSize: 0.1, weightPenalty: strong),
    ].map { try train(naive, $0, batch, batchSize: 7, epochs: 3).theta }
    for i in results.indices {
      for j in 0..<i { #expect(distance(results[i], results[j]) > 1e-6, "\(i) and \(j)") }
    }
  }

  @Test("Numbers out of range are refused", arguments: notPositive)
  func outOfRange(_ bad: Double) {
    #expect(throws: SolverError.self) {
      try FiniteSumSweep(signal: MirrorSweep(), rule: .saga, stepSize: bad)
    }
    #expect(throws: SolverError.self) {
      try FiniteSumSweep(signal: MirrorSweep(), rule: .saga, stepSize: 1, nudge: bad)
    }
  }
}
