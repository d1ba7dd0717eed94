import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct ContrastivePhasesTests {
  private let pool = WorkerPool(threads: 1)
  private static let samples = 5

  static let networks: [[Formula]] = [
    [.relu, .relu, .identity], [.tanh, .sigmoid, .softmax], [.softThreshold, .tanh, .sigmoid],
  ]

  private func method(
    gamma: Double, sweeps: Int, update: some WeightUpdate = UnitStep()
  ) throws -> ContrastivePhases {
    try ContrastivePhases(gamma: gamma, sweeps: sweeps, updates: [update], weightPenalty: .none)
  }

  private func contrast(
    _ method: ContrastivePhases, _ naive: Naive, _ theta: Parameters<Double>,
    _ batch: Batch<Double>
  ) throws -> Double {
    let forward = try LiftedPoint(
      forward: batch.inputs, theta: theta, network: naive.network, on: pool)
    let energy = try method.energy(of: naive.network)
    let (clamped, free) = try method.phases(
      from: forward, targets: batch.targets, energy, on: pool)
    return energy.value(at: clamped, on: pool).total - energy.value(at: free, on: pool).total
  }

  /// What one step hands to the updates, as a gradient in each layer.
  private func gradient(
    _ method: ContrastivePhases, _ naive: Naive, _ theta: Parameters<Double>,
    _ batch: Batch<Double>
  ) throws -> Parameters<Double> {
    var state = TrainingState(
      theta, moments: method.moments(of: naive.network), nudge: method.initialNudge)
    var workspace = LayerStates<Double>(for: naive.network, samples: Self.samples)
    try method.step(
      &state, batch, naive.network, workspace: &workspace, stepFactor: 1, on: pool)
    var gradient = theta
    for l in theta.layers.indices {
      for slot in 0...1 { gradient.layers[l][slot].combine(1, -1, state.theta.layers[l][slot]) }
    }
    return gradient
  }

  @Test("The contrast is not negative, and positive off the targets", arguments: networks)
  func notNegative(_ formulas: [Formula]) throws {
    let naive = try Naive([4, 6, 5, 3], formulas)
    let batch = naive.batch(Self.samples)
    for gamma in [1, 0.5, 0.1] {
      for seed in [UInt64(31), 32, 33] {
        let theta = Parameters<Double>.random(naive.network, seed: seed)
        let value = try contrast(method(gamma: gamma, sweeps: 400), naive, theta, batch)
        #expect(value > 1e-4 * gamma * gamma, "gamma \(gamma), seed \(seed)")
      }
    }
  }

  @Test("It vanishes where the free phase reaches the targets")
  func zero() throws {
    let naive = try Naive([4, 6, 5, 3], [.relu, .tanh, .identity])
    let theta = Parameters<Double>.random(naive.network)
    let method = try method(gamma: 0.5, sweeps: 600)
    var batch = naive.batch(Self.samples)
    let forward = try LiftedPoint(
      forward: batch.inputs, theta: theta, network: naive.network, on: pool)
    let energy = try method.energy(of: naive.network)
    batch.targets = try method.phases(
      from: forward, targets: batch.targets, energy, on: pool
    ).free.x[3]
    #expect(abs(try contrast(method, naive, theta, batch)) < 1e-12)
    let gradient = try gradient(method, naive, theta, batch)
    #expect(gradient.layers.joined().allSatisfy { $0.squaredNorm < 1e-16 })
  }

  @Test(
    "The difference of the phases' gradients is the gradient of the contrast", arguments: networks)
  func danskin(_ formulas: [Formula]) throws {
    let naive = try Naive([4, 6, 5, 3], formulas)
    let (batch, theta) = (naive.batch(Self.samples), Parameters<Double>.random(naive.network))
    let (gamma, sweeps) = (0.5, 800)
    let method = try method(gamma: gamma, sweeps: sweeps)
    let found = try gradient(method, naive, theta, batch)
    for l in 0...2 {
      for (slot, entry) in [(0, 0), (0, 7), (0, 11), (1, 1)] {
        let expected = try (0...1).map { side in
          var moved = theta
          moved.layers[l][slot].withMutableSpan { $0[entry] += side == 0 ? 1e-4 : -1e-4 }
          return try contrast(method, naive, moved, batch)
        }
        let slope = (expected[0] - expected[1]) / 2e-4 / (gamma * gamma)
        let error = abs(found.layers[l][slot].scalars[entry] - slope)
        #expect(error < 2e-5 * max(1, abs(slope)), "layer \(l + 1), \(slot), \(entry)")
      }
    }
  }

  @Test(
    "As gamma tends to 0 the gradient tends to back-propagation's",
    arguments: [Formula.tanh, .sigmoid])
  func weakFeedback(_ formula: Formula) throws {
    let naive = try Naive([4, 6, 5, 3], [formula, formula, .softmax])
    let (batch, theta) = (naive.batch(Self.samples), Parameters<Double>.random(naive.network))
    let reference = OneSweep(
      signal: BackPropagation(), updates: [UnitStep()], nudge: try Nudge(1), weightPenalty: .none)
    var state = TrainingState(theta, moments: [0, 0, 0], nudge: 1)
    var workspace = LayerStates<Double>(for: naive.network, samples: Self.samples)
    try reference.step(
      &state, batch, naive.network, workspace: &workspace, stepFactor: 1, on: pool)
    var errors: [Double] = []
    for gamma in [0.03, 0.003, 0.0003] {
      let found = try gradient(method(gamma: gamma, sweeps: 60), naive, theta, batch)
      var (difference, square) = (0.0, 0.0)
      for l in 0...2 {
        for slot in 0...1 {
          var expected = theta.layers[l][slot]
          expected.combine(1, -1, state.theta.layers[l][slot])
          square += expected.squaredNorm
          expected.combine(1, -1, found.layers[l][slot])
          difference += expected.squaredNorm
        }
      }
      errors.append((difference / square).squareRoot())
    }
    #expect(errors[0] < 0.3)
    for k in 0...1 { #expect(abs(errors[k] / errors[k + 1] - 10) < 2, "\(errors): first order") }
  }

  @Test("It trains a classifier, and every parameter changes the result")
  func trains() throws {
    let samples = TensorSamples(clouds: 3, samples: 60, inputs: 6)
    let network = try Naive([6, 8, 7, 3], [.relu, .relu, .softmax]).network
    let theta = Parameters<Double>.random(network)
    let adam = try Adam(stepSize: 0.01)
    let methods = [
      try ContrastivePhases(gamma: 0.3, sweeps: 3, updates: [adam]),
      try ContrastivePhases(gamma: 0.2, sweeps: 3, updates: [adam]),
      try ContrastivePhases(gamma: 0.3, sweeps: 4, updates: [adam]),
      try ContrastivePhases(gamma: 0.3, sweeps: 3, order: .forward, updates: [adam]),
      try ContrastivePhases(gamma: 0.3, sweeps: 3, updates: [try ImplicitStep(tau: 1)]),
      try ContrastivePhases(
        gamma: 0.3, sweeps: 3, updates: [adam], weightPenalty: WeightPenalty(decay: 0.1)),
    ]
    let results = try methods.map { method in
      let training = try StochasticTraining(
        network, method: method, batchSize: 20, epochs: 15, seed: 1)
      var state = training.start(from: theta)
      let losses = try training.run(&state, on: samples)
      #expect(losses[14] < 0.5 * losses[0])
      return state.theta
    }
    for i in results.indices {
      for j in 0..<i { #expect(distance(results[i], results[j]) > 1e-6, "\(i) and \(j)") }
    }
  }

  @Test("The second phase goes on with the first one's power iterations")
  func warmStart() throws {
    let counter = IterationCounter()
    let network = try Network([
      Layer(Veiled(dense: try Dense(4, 6), counter: counter), Tanh()),
      Layer(Veiled(dense: try Dense(6, 5), counter: counter), Tanh()),
      Layer(Veiled(dense: try Dense(5, 3), counter: counter), Identity()),
    ])
    let method = try method(gamma: 0.5, sweeps: 1)
    let forward = try LiftedPoint<Double>(
      forward: normal([5, 4], lane: 1), theta: .random(network), network: network, on: pool)
    _ = try method.phases(
      from: forward, targets: normal([5, 3], lane: 2), method.energy(of: network), on: pool)
    let counts = counter.counts
    #expect(counts.count == 4)
    #expect(counts[2] < counts[0] && counts[3] < counts[1])
  }

  @Test("A single layer has only its head: the step is that of the loss", arguments: [0.2, 1])
  func oneLayer(_ gamma: Double) throws {
    let naive = try Naive([4, 3], [.softmax])
    let (batch, theta) = (naive.batch(Self.samples), Parameters<Double>.random(naive.network))
    let found = try gradient(method(gamma: gamma, sweeps: 1), naive, theta, batch)
    for slot in 0...1 {
      let error = largestSlopeError(of: found.layers[0][slot], at: theta.layers[0][slot]) {
        var moved = theta
        moved.layers[0][slot] = $0
        return naive.loss(moved, batch)
      }
      #expect(error < 1e-6)
    }
  }

  @Test("Numbers out of range are refused", arguments: notPositive + [1.5])
  func outOfRange(_ bad: Double) {
    #expect(throws: SolverError.self) { try method(gamma: bad, sweeps: 1) }
    #expect(throws: SolverError.self) { try method(gamma: 1, sweeps: 0) }
  }
}

/// Subtracts the gradient itself.
private struct UnitStep: WeightUpdate {
  let moments = 0
  let stepSize = 1.0

  func update<S: TensorScalar>(
    _ block: inout WeightBlock<S>, _ context: UpdateContext<S>, on pool: WorkerPool
  ) throws(SolverError) {
    try GradientStep(stepSize: stepSize).update(&block, context, on: pool)
  }
}
