import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite("Training by consensus")
struct ConsensusTrainingTests {
  private static let pool = WorkerPool(threads: 2)

  private func train(
    _ network: Network, _ method: any MinibatchMethod, _ batch: Batch<Double>, batchSize: Int,
    epochs: Int = 1, steps: Int = .max, schedule: Schedule = .constant,
    from start: Parameters<Double>? = nil
  ) throws -> TrainingState<Double> {
    let training = try StochasticTraining(
      network, method: method, batchSize: batchSize, epochs: epochs, schedule: schedule, seed: 3)
    var state = training.start(from: start ?? .random(network))
    _ = try training.run(&state, on: TensorSamples(batch), steps: steps)
    return state
  }

  /// `a <- a + t b` on all parameters.
  private func add(
    _ a: inout Parameters<Double>, _ t: Double, _ b: Parameters<Double>
  ) {
    for l in a.layers.indices {
      for slot in a.layers[l].indices { a.layers[l][slot].combine(1, t, b.layers[l][slot]) }
    }
  }

  /// `P` times the part of the mean loss of a batch that some rows make, differentiated by differences.
  private func gradient(
    _ naive: Naive, _ theta: Parameters<Double>, _ batch: Batch<Double>, _ rows: [Int],
    times factor: Double
  ) -> Parameters<Double> {
    var gradient = Parameters<Double>(zerosFor: naive.network)
    guard !rows.isEmpty else { return gradient }
    let part = Batch(
      inputs: batch.inputs.gathering(rows: rows), targets: batch.targets.gathering(rows: rows))
    for l in theta.layers.indices {
      for slot in theta.layers[l].indices {
        for i in 0..<theta.layers[l][slot].count {
          var moved = theta
          let value = theta.layers[l][slot].scalars[i]
          let derivative = slope(at: value) { x in
            moved.layers[l][slot].withMutableSpan { $0[i] = x }
            return naive.loss(moved, part)
          }
          gradient.layers[l][slot].withMutableSpan {
            $0[i] = derivative * Double(rows.count) * factor
          }
        }
      }
    }
    return gradient
  }

  @Test("Every step is what the formulas say, with gradients by differences", arguments: 1...7)
  func formulas(steps: Int) throws {
    let naive = try Naive([3, 4, 2], [.tanh, .softmax])
    let (count, size, workers, localSteps, rho, stepSize) = (11, 5, 3, 2, 0.7, 0.4)
    let batch = naive.batch(count)
    let decay = 0.3
    let start = Parameters<Double>.random(naive.network)
    var z = start
    var w = Array(repeating: start, count: workers)
    var u = Array(repeating: Parameters<Double>(zerosFor: naive.network), count: workers)
    for step in 0..<steps {
      var stream = RandomStream(seed: 3, .dataOrder, lane: UInt64(step / 3))
      let order = stream.permutation(of: count)
      let chosen = order[(step % 3 * size)..<min(step % 3 * size + size, count)]
      let factor = Schedule.cosine.factor(at: Double(step) / 9)
      let t = 1 / (1 / (stepSize * factor) + rho)
      for p in 0..<workers {
        let owned = (p * count / workers)..<((p + 1) * count / workers)
        var direction = gradient(
          naive, w[p], batch, chosen.filter(owned.contains),
          times: Double(workers) / Double(chosen.count))
        add(&direction, rho, w[p])
        add(&direction, -rho, z)
        add(&direction, rho, u[p])
        add(&w[p], -t, direction)
      }
      guard step % localSteps == localSteps - 1 else { continue }
      z = Parameters(zerosFor: naive.network)
      for p in 0..<workers {
        add(&z, 1 / Double(workers), w[p])
        add(&z, 1 / Double(workers), u[p])
      }
      for l in 0...1 { z.layers[l][0].scale(by: 1 / (1 + decay / rho)) }
      for p in 0..<workers {
        add(&u[p], 1, w[p])
        add(&u[p], -1, z)
        w[p] = z
      }
    }
    let method = try ConsensusTraining(
      signal: BackPropagation(), workers: workers, localSteps: localSteps, rho: rho,
      stepSize: stepSize, weightPenalty: WeightPenalty(decay: decay))
    let state = try train(
      naive.network, method, batch, batchSize: size, epochs: 3, steps: steps, schedule: .cosine)
    #expect(distance(state.theta, z) < 1e-8)
    for (l, layer) in state.memory.enumerated() {
      for p in 0..<workers {
        for slot in 0...1 {
          #expect(distance(layer[4 * p + slot], w[p].layers[l][slot]) < 1e-8)
          #expect(distance(layer[4 * p + 2 + slot], u[p].layers[l][slot]) < 1e-8)
        }
      }
    }
    #expect(state.progress.step == steps && state.progress.gradientEvaluations == steps)
  }

  @Test(
    "Workers that agree at each step descend along the gradient, by 1/(1/stepSize + rho)",
    arguments: [1, 3, 5])
  func agreeAtEachStep(workers: Int) throws {
    let naive = try Naive([4, 6, 5, 3], [.tanh, .relu, .softmax])
    let batch = naive.batch(24)
    let consensus = try ConsensusTraining(
      signal: CentredContrast(), workers: workers, localSteps: 1, rho: 3, stepSize: 0.5, nudge: 0.4,
      weightPenalty: .none)
    let descent = OneSweep(
      signal: CentredContrast(), updates: [try GradientStep(stepSize: 0.2)], nudge: try Nudge(0.4),
      weightPenalty: .none)
    let a = try train(naive.network, consensus, batch, batchSize: 7, epochs: 3)
    let b = try train(naive.network, descent, batch, batchSize: 7, epochs: 3)
    #expect(distance(a.theta, b.theta) < 1e-12)
    #expect(abs(a.progress.lossOfEpoch - b.progress.lossOfEpoch) < 1e-10)
  }

  @Test(
    "On one convex layer with whole gradients it ends where gradient and decay balance",
    arguments: [(1, 3), (3, 1), (4, 5), (30, 2)])
  func converges(workers: Int, localSteps: Int) throws {
    let naive = try Naive([4, 3], [.sigmoid])
    let batch = naive.batch(24)
    let penalty = try WeightPenalty(decay: 0.1)
    let problem = try LayerProblem(
      naive.network.layers[0], inputs: batch.inputs, targets: batch.targets, weightPenalty: penalty)
    let descent = try PIAG(parts: 1)
    let start = Parameters<Double>.random(naive.network)
    var minimiser = descent.start(from: start.layers[0], problem, on: Self.pool)
    for _ in 0..<5000 { descent.step(&minimiser, problem, on: Self.pool) }
    let method = try ConsensusTraining(
      signal: MirrorSweep(), workers: workers, localSteps: localSteps, rho: 0.2, stepSize: 0.2,
      weightPenalty: penalty)
    let state = try train(naive.network, method, batch, batchSize: 24, epochs: 3000)
    for slot in 0...1 {
      #expect(distance(state.theta.layers[0][slot], minimiser.theta[slot]) < 1e-7)
    }
  }

  @Test("Layers that are frozen stay, those that share stay the same, both beside trained ones")
  func specialLayers() throws {
    let network = try Network([
      try dense(4, 5, ReLU()).trainable(false), try dense(5, 5, Tanh()),
      try dense(5, 5, Tanh()).sharingParameters(ofLayerBefore: 1), try dense(5, 3, Softmax()),
    ])
    let batch = Batch<Double>(inputs: normal([20, 4], lane: 1), targets: oneHot(20, classes: 3))
    var start = Parameters<Double>.random(network)
    start.share(in: network)
    let consensus = try ConsensusTraining(
      signal: CentredContrast(), workers: 1, localSteps: 1, rho: 1, stepSize: 0.5,
      weightPenalty: .none)
    #expect(consensus.memory(of: network).map(\.count) == [0, 4, 0, 4])
    let descent = OneSweep(
      signal: CentredContrast(), updates: [try GradientStep(stepSize: 1.0 / 3)],
      nudge: try Nudge(1), weightPenalty: .none)
    let a = try train(network, consensus, batch, batchSize: 6, epochs: 2, from: start).theta
    let b = try train(network, descent, batch, batchSize: 6, epochs: 2, from: start).theta
    #expect(distance(a, b) < 1e-12 && distance(a, start) > 1e-3)
    #expect(a.layers[0] == start.layers[0] && a.layers[1] == a.layers[2])
  }

  @Test("Every parameter changes the result")
  func everyParameterCounts() throws {
    let naive = try Naive([4, 6, 3], [.tanh, .softmax])
    let batch = naive.batch(24)
    let signal = CentredContrast()
    let results = try [
      ConsensusTraining(signal: signal, workers: 3, rho: 0.5, stepSize: 0.3),
      ConsensusTraining(signal: BackPropagation(), workers: 3, rho: 0.5, stepSize: 0.3),
      ConsensusTraining(signal: signal, workers: 4, rho: 0.5, stepSize: 0.3),
      ConsensusTraining(signal: signal, workers: 3, localSteps: 4, rho: 0.5, stepSize: 0.3),
      ConsensusTraining(signal: signal, workers: 3, rho: 0.6, stepSize: 0.3),
      ConsensusTraining(signal: signal, workers: 3, rho: 0.5, stepSize: 0.4),
      ConsensusTraining(signal: signal, workers: 3, rho: 0.5, stepSize: 0.3, nudge: 0.5),
      ConsensusTraining(
        signal: signal, workers: 3, rho: 0.5, stepSize: 0.3,
        weightPenalty: WeightPenalty(decay: 0.1)),
      ConsensusTraining(
        signal: signal, workers: 3, rho: 0.5, stepSize: 0.3, weightPenalty: WeightPenalty(radius: 1)
      ),
    ].map { try train(naive.network, $0, batch, batchSize: 6, epochs: 5).theta }
    for i in results.indices {
      for j in 0..<i { #expect(distance(results[i], results[j]) > 1e-6, "\(i) and \(j)") }
    }
  }

  @Test("Numbers out of range and normalising layers are refused")
  func refusals() throws {
    let signal = MirrorSweep()
    for bad in notPositive {
      #expect(throws: SolverError.self) {
        try ConsensusTraining(signal: signal, workers: 2, rho: bad, stepSize: 1)
      }
      #expect(throws: SolverError.self) {
        try ConsensusTraining(signal: signal, workers: 2, rho: 1, stepSize: bad)
      }
      #expect(throws: SolverError.self) {
        try ConsensusTraining(signal: signal, workers: 2, rho: 1, stepSize: 1, nudge: bad)
      }
    }
    #expect(throws: SolverError.self) {
      try ConsensusTraining(signal: signal, workers: 0, rho: 1, stepSize: 1)
    }
    #expect(throws: SolverError.self) {
      try ConsensusTraining(signal: signal, workers: 1, localSteps: 0, rho: 1, stepSize: 1)
    }
    let image = try ImageShape(channels: 1, height: 2, width: 2)
    let network = try Network {
      Layer(try BatchNormalisation(image), ReLU())
      try dense(4, 3, Softmax())
    }
    let error = #expect(throws: SolverError.self) {
      try ConsensusTraining(signal: signal, workers: 1, rho: 1, stepSize: 1).check(network)
    }
    #expect(error?.description.contains("layer 1, BatchNormalisation") == true)
  }

  @Test("Sums in the order of the tree")
  func treeSum() {
    #expect((0..<5).halves == (0..<4, 4..<5) && (0..<4).halves == (0..<2, 2..<4))
    #expect((3..<6).halves == (3..<5, 5..<6) && (7..<9).halves == (7..<8, 8..<9))
    // (1 + 2^-53) + (2^-53 + 2^-53): one after the other all three would be lost.
    let parts = [1, 0x1p-53, 0x1p-53, 0x1p-53].map { Tensor<Double>(rows: [[$0]]) }
    #expect(Tensor.treeSum(parts)[0, 0] == 1 + 0x1p-52)
  }
}
