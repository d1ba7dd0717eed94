import Foundation
import Lifted
import Tensors

/// Rounds of block descent under one sweep and one schedule on a number of threads, to be timed in turn
/// with others.
final class SweepTiming {
  let sweep: Sweep
  let schedule: LayerSchedule
  let threads: Int
  private let pool: WorkerPool
  private let descent: BlockDescent
  private var state: BlockDescentState<Float>
  /// Milliseconds of a round, one median for each turn.
  private(set) var milliseconds: [Double] = []

  init(
    _ chain: ChainNetwork, batch: Int, sweep: Sweep, schedule: LayerSchedule, threads: Int
  ) throws {
    (self.sweep, self.schedule, self.threads) = (sweep, schedule, threads)
    pool = WorkerPool(threads: threads)
    let network = try chain.layers()
    descent = try BlockDescent(
      Energy(network), free: .training, sweep: sweep, schedule: schedule)
    let samples = try chain.samples(batch, on: pool)
    state = descent.start(
      at: try LiftedPoint(
        forward: samples.inputs, output: samples.targets, theta: chain.start(on: pool),
        network: network, on: pool),
      on: pool)
    for _ in 0..<3 { try descent.round(&state, on: pool) }
  }

  /// One turn of `rounds` rounds.
  func takeTurn(rounds: Int) throws {
    let clock = ContinuousClock()
    let seconds = try (0..<rounds).map { _ in
      try clock.measure { try descent.round(&state, on: pool) } / .seconds(1)
    }
    milliseconds.append(1000 * median(seconds))
    usleep(20_000)
  }

}

func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  return sorted.isEmpty ? .nan : (sorted[sorted.count / 2] + sorted[(sorted.count - 1) / 2]) / 2
}
