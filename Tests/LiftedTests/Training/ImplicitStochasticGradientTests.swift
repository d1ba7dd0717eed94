import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct ImplicitStochasticGradientTests {
  private let naive: Naive
  private let start: Parameters<Double>

  init() throws {
    naive = try Naive([6, 9, 8, 3], [.tanh, .relu, .softmax])
    start = .random(naive.network)
  }

  /// The parameters after one step on a batch.
  private func moved(_ method: ImplicitStochasticGradient) throws -> Parameters<Double> {
    let training = try StochasticTraining(
      naive.network, method: method, batchSize: 12, epochs: 1, seed: 1)
    var state = training.start(from: start)
    _ = try training.run(&state, on: TensorSamples(naive.batch(12)))
    #expect(state.progress.step == 1 && state.progress.gradientEvaluations == method.rounds)
    return state.theta
  }

  @Test("For small tau the weights move in proportion to tau: the anchor holds them")
  func anchor() throws {
    let distances = try [1e-5, 1e-6].map { tau in
      let method = try ImplicitStochasticGradient(tau: tau, rounds: 6, weightPenalty: .none)
      return distance(try moved(method), start)
    }
    #expect(distances[1] > 1e-9)
    #expect(abs(distances[0] / distances[1] - 10) < 0.01)
  }

  @Test("Every parameter changes the result")
  func everyParameterCounts() throws {
    let strong = try WeightPenalty(decay: 0.1)
    let methods = [
      try ImplicitStochasticGradient(tau: 1, rounds: 4),
      try ImplicitStochasticGradient(tau: 2, rounds: 4),
      try ImplicitStochasticGradient(tau: 1, rounds: 5),
      try ImplicitStochasticGradient(tau: 1, rounds: 4, sweep: .forward),
      try ImplicitStochasticGradient(tau: 1, rounds: 4, lossWeight: 3),
      try ImplicitStochasticGradient(tau: 1, rounds: 4, weightPenalty: strong),
    ]
    let results = try methods.map { try moved($0) }
    for i in results.indices {
      for j in 0..<i { #expect(distance(results[i], results[j]) > 1e-6, "\(i) and \(j)") }
    }
  }

  @Test("One step is the block solver's rounds from the forward pass, anchored at the weights")
  func blockSolver() throws {
    let pool = WorkerPool(threads: 1)
    let batch = naive.batch(12)
    let descent = try BlockDescent(
      Energy(naive.network, weights: [1, 1, 2]), free: .training, anchorTau: 0.7)
    var state = descent.start(
      at: try LiftedPoint(
        forward: batch.inputs, output: batch.targets, theta: start, network: naive.network, on: pool
      ),
      on: pool)
    for _ in 0..<4 { try descent.round(&state, on: pool) }
    let found = try moved(ImplicitStochasticGradient(tau: 0.7, rounds: 4, lossWeight: 2))
    // The batch is in another order.
    #expect(distance(found, state.point.theta) < 1e-10)
  }

  @Test(
    "It is block descent with restarted variables and an anchor, bit for bit, diagnosis and all")
  func blockDescentTraining() throws {
    let methods: [any MinibatchMethod] = [
      try ImplicitStochasticGradient(tau: 0.7, rounds: 3, sweep: .redBlack, lossWeight: 2),
      try BlockDescentTraining(
        lossWeight: 2, sweep: .redBlack, rounds: 3, variables: .restarted, anchorTau: 0.7),
    ]
    let states = try methods.map { method in
      let training = try StochasticTraining(
        naive.network, method: method, batchSize: 4, epochs: 2, schedule: .inverse, seed: 1)
      var state = training.start(from: start)
      _ = try training.run(&state, on: TensorSamples(naive.batch(12)))
      return state
    }
    #expect(states[0] == states[1])
    #expect(try #require(states[0].progress.diagnosis).consistencyGaps?.count == 3)
  }

  @Test("Rounds decrease the anchored energy of the batch")
  func anchoredEnergy() throws {
    let (tau, pool) = (0.5, WorkerPool(threads: 1))
    let batch = naive.batch(12)
    let energy = try Energy(naive.network)
    let descent = try BlockDescent(energy, free: .training, anchorTau: tau)
    var state = descent.start(
      at: try LiftedPoint(
        forward: batch.inputs, output: batch.targets, theta: start, network: naive.network, on: pool
      ),
      on: pool)
    func value() -> Double {
      let square = zip(state.point.theta.layers.joined(), start.layers.joined()).reduce(0.0) {
        var difference = $1.0
        difference.combine(1, -1, $1.1)
        return $0 + difference.squaredNorm
      }
      return energy.value(at: state.point, on: pool).total + square / (2 * tau)
    }
    var last = value()
    for _ in 0..<40 {
      try descent.round(&state, on: pool)
      #expect(value() <= last + 1e-12)
      last = value()
    }
  }
}
