import Foundation
import Lifted
import Tensors

/// What is to be timed: `{"network": "784x5", "batch": 100, "method": "contrastive", "steps": 50}`.
///
/// Without `samples`, a step is one on a batch that is ready in memory: forward pass, sweep, update.
/// With `samples`, it is one on a batch cut from that many shuffled byte images: gathering and
/// converting them belongs to the step, the shuffle to the first one.
struct TimingRequest: Decodable {
  let network: BenchmarkNetwork
  let batch: Int
  let method: BenchmarkMethod
  let steps: Int
  let samples: Int?

  /// Steps before the clock runs.
  private static let warmUpSteps = 5

  /// The seconds of each step.
  func seconds(on pool: WorkerPool) throws -> [Double] {
    if let samples {
      try secondsOfTraining(samples, on: pool)
    } else {
      try secondsOfSteps(on: pool)
    }
  }

  private func secondsOfSteps(on pool: WorkerPool) throws -> [Double] {
    let network = try self.network.layers()
    let ready = self.network.batch(of: batch)
    if let sweep = method.descentSweep {
      return try secondsOfRounds(sweep, network, ready, on: pool)
    }
    let method = try self.method.sweep(depth: network.depth)
    var state = try start(network, method, on: pool)
    var workspace = LayerStates<Float>(for: network, samples: batch)
    return try timed {
      try method.step(&state, ready, network, workspace: &workspace, stepFactor: 1, on: pool)
    }
  }

  /// Rounds on one batch, variables and parameters.
  private func secondsOfRounds(
    _ sweep: Sweep, _ network: Network, _ ready: Batch<Float>, on pool: WorkerPool
  ) throws -> [Double] {
    let descent = try BlockDescent(Energy(network), free: .training, sweep: sweep)
    let theta: Parameters<Float> = try Initialisation.leCun.parameters(
      for: network, seed: 0, on: pool)
    var state = descent.start(
      at: try LiftedPoint(
        forward: ready.inputs, output: ready.targets, theta: theta, network: network, on: pool),
      on: pool)
    return try timed { try descent.round(&state, on: pool) }
  }

  private func secondsOfTraining(_ samples: Int, on pool: WorkerPool) throws -> [Double] {
    let network = try self.network.layers()
    let method = try self.method.sweep(depth: network.depth)
    let images = try self.network.images(samples)
    let training = try StochasticTraining(
      network, method: method, batchSize: batch, epochs: 2, seed: 0)
    var state = try start(network, method, on: pool)
    var workspace = TrainingWorkspace<Float>(for: network)
    return try timed { _ = try training.step(&state, &workspace, from: images, on: pool) }
  }

  private func start(
    _ network: Network, _ method: OneSweep, on pool: WorkerPool
  ) throws -> TrainingState<Float> {
    let theta: Parameters<Float> = try Initialisation.leCun.parameters(
      for: network, seed: 0, on: pool)
    return TrainingState(
      theta, moments: method.moments(of: network), memory: method.memory(of: network),
      nudge: method.initialNudge)
  }

  private func timed(_ step: () throws -> Void) throws -> [Double] {
    for _ in 0..<Self.warmUpSteps { try step() }
    return try (0..<steps).map { _ in
      let clock = ContinuousClock()
      return try clock.measure(step) / .seconds(1)
    }
  }
}

/// The seconds of each step, in order.
struct TimingAnswer: Encodable {
  let seconds: [Double]
}
