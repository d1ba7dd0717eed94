import Proximal
import Tensors

@testable import Lifted

/// A network with random parameters, inputs and the measurements that they give.
struct DeepCase {
  let naive: Naive
  let theta: Parameters<Double>
  let truth: Tensor<Double>
  let measured: Tensor<Double>
  let pool = WorkerPool(threads: 1)

  var network: Network { naive.network }

  init(
    _ widths: [Int] = [3, 12, 14, 16], _ formulas: [Formula] = [.relu, .relu, .identity],
    samples: Int = 4, gain: Double = 2, seed: UInt64 = 31
  ) throws {
    naive = try Naive(widths, formulas)
    theta = .random(naive.network, gain: gain, seed: seed)
    truth = normal([samples, widths[0]], lane: 5)
    measured = naive.network.output(of: truth, at: theta, on: pool)
  }

  func inversion(
    weights: LayerWeights = .growing(by: 4), sweep: Sweep = .backward, accelerated: Bool = true,
    forwardRestart: Int? = nil, judgementInterval: Int = 10, penalty: any Penalty = BregmanPenalty()
  ) throws -> DeepInversion<Double> {
    try DeepInversion(
      network, theta, weights: weights, penalty: penalty, sweep: sweep, isAccelerated: accelerated,
      forwardRestart: forwardRestart, judgementInterval: judgementInterval, on: pool)
  }

  /// The answer after so many steps from zero.
  func run(
    _ inversion: some NetworkInversion<Double>, steps: Int,
    from start: InversionStart<Double> = .zero,
    threads: Int = 1
  ) throws -> NetworkInversionResult<Double> {
    let pool = WorkerPool(threads: threads)
    var state = try inversion.start(from: start, measured: measured, on: pool)
    return try inversion.run(&state, until: StopRule(maximumIterations: steps), on: pool)
  }
}

extension DeepInversionState<Double> {
  /// The lifted point where it is.
  func point(_ inversion: DeepInversion<Double>) throws -> LiftedPoint<Double> {
    try LiftedPoint(
      theta: inversion.objective.theta, x: x, network: inversion.objective.network)
  }
}
