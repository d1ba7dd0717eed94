import Foundation
import Lifted
import Tensors

/// Training until the forward loss of the training samples is below a target.
struct Race {
  let chain: ChainNetwork
  let samples: Int
  let batch: Int
  /// The target as a fraction of the loss before training.
  let target: Double
  /// Seconds after which a contestant is given up.
  let patience: Double

  /// A method and its name.
  struct Contestant {
    let name: String
    let method: any MinibatchMethod
  }

  struct Outcome {
    /// Seconds of steps; the loss is looked at off the clock.
    let seconds: Double
    let epochs: Int
    /// The last loss over that before training.
    let loss: Double
    let hasArrived: Bool
  }

  static func contestants() throws -> [Contestant] {
    try [3e-4, 1e-3].flatMap { try sweeps(stepSize: $0) }
      + [Sweep.jacobi, .redBlack].flatMap { sweep in
        try descents(sweep, rounds: 1, .kept(restartEvery: nil))
          + descents(sweep, rounds: 10, .restarted)
      }
  }

  private static func sweeps(stepSize: Double) throws -> [Contestant] {
    let signals: [(String, any Signal)] = [
      ("back-propagation", BackPropagation()), ("contrast", CentredContrast()),
    ]
    return try signals.map { name, signal in
      Contestant(
        name: "\(name), adam \(stepSize)",
        method: OneSweep(
          signal: signal, updates: [try Adam(stepSize: stepSize)], nudge: try Nudge(0.1)))
    }
  }

  private static func descents(
    _ sweep: Sweep, rounds: Int, _ variables: BlockDescentTraining.Variables
  ) throws -> [Contestant] {
    let how = variables == .restarted ? "restarted, \(rounds) rounds" : "kept, 1 round"
    let solvers: [(String, any ParameterSolver)] = [
      ("proximal gradient", ProximalGradient.once), ("majorise", try Majorise(tau: 10)),
    ]
    return try solvers.map { name, solver in
      Contestant(
        name: "\(sweep.rawValue), \(how), \(name)",
        method: try BlockDescentTraining(
          sweep: sweep, parameterSolver: solver, rounds: rounds, variables: variables))
    }
  }

  func run(_ contestant: Contestant, on pool: WorkerPool) throws -> Outcome {
    let network = try chain.layers()
    let samples = Pairs(try chain.samples(samples, on: pool))
    let training = try StochasticTraining(
      network, method: contestant.method, batchSize: batch, epochs: 100_000, seed: 1)
    var state: TrainingState<Float> = training.start(from: try chain.start(on: pool))
    var workspace = TrainingWorkspace<Float>(for: network)
    let before = try loss(of: state.theta, network, samples, on: pool)
    var (seconds, reached) = (0.0, before)
    while seconds < patience, reached > target * before, reached.isFinite {
      let clock = ContinuousClock()
      var isOver = false
      while !isOver {
        let time = try clock.measure {
          isOver = try training.step(&state, &workspace, from: samples, on: pool)
        }
        seconds += time / .seconds(1)
      }
      reached = try loss(of: state.theta, network, samples, on: pool)
    }
    return Outcome(
      seconds: seconds, epochs: state.progress.epoch, loss: reached / before,
      hasArrived: reached <= target * before)
  }

  /// The mean squared error of the forward pass.
  private func loss(
    of theta: Parameters<Float>, _ network: Network, _ samples: Pairs, on pool: WorkerPool
  ) throws -> Double {
    var output = try LiftedPoint(
      forward: samples.batch.inputs, theta: theta, network: network, on: pool
    ).x[network.depth]
    output.combine(1, -1, samples.batch.targets)
    return output.squaredNorm / Double(output.count)
  }
}

/// Inputs and targets in memory.
private struct Pairs: SampleSource {
  let batch: Batch<Float>

  init(_ batch: Batch<Float>) { self.batch = batch }

  var count: Int { batch.inputs.rows }
  var inputs: Int { batch.inputs.columns }
  var targets: Int { batch.targets.columns }

  func fill<S: TensorScalar>(
    _ batch: inout Batch<S>, with samples: ArraySlice<Int>, visit: UInt64, on pool: WorkerPool
  ) {
    for (row, sample) in samples.enumerated() {
      for i in 0..<inputs { batch.inputs[row, i] = S(self.batch.inputs[sample, i]) }
      for i in 0..<targets { batch.targets[row, i] = S(self.batch.targets[sample, i]) }
    }
  }
}
