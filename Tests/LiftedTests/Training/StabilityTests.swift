import Proximal
import Tensors
import Testing

@testable import Lifted

/// Steps that a person need not tune: stable over decades.
@Suite struct StabilityTests {
  private let samples = TensorSamples(clouds: 5, samples: 200, inputs: 20)

  private func losses(_ method: any MinibatchMethod, epochs: Int) throws -> [Double] {
    let network = try Naive([20, 32, 24, 5], [.relu, .relu, .softmax]).network
    let training = try StochasticTraining(
      network, method: method, batchSize: 50, epochs: epochs, seed: 1)
    let theta: Parameters<Float> = try Initialisation.leCun.parameters(
      for: network, seed: 1, on: WorkerPool(threads: 1))
    var state = training.start(from: theta)
    let losses = try training.run(&state, on: samples)
    #expect(state.theta.isFinite)
    return losses
  }

  @Test(
    "The implicit stochastic gradient method is stable for tau from 0.01 to 100",
    arguments: [5, 15], [0.01, 0.1, 1, 10, 100])
  func implicitStochasticGradient(_ rounds: Int, _ tau: Double) throws {
    let losses = try losses(ImplicitStochasticGradient(tau: tau, rounds: rounds), epochs: 6)
    #expect(losses.allSatisfy { $0.isFinite })
    #expect(losses[5] < losses[0])
  }

  @Test(
    "The implicit step is stable for tau from 0.01 to 10", arguments: [0.01, 0.1, 1, 10], [0, 1])
  func implicitStep(_ tau: Double, _ signal: Int) throws {
    let method = OneSweep(
      signal: LiftedLimitTests.signals[signal], updates: [try ImplicitStep(tau: tau)],
      nudge: try Nudge(0.1))
    let losses = try losses(method, epochs: 6)
    #expect(losses.allSatisfy { $0.isFinite })
    #expect(losses[5] < losses[0])
  }
}
