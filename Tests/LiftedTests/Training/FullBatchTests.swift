import Proximal
import Tensors
import Testing

@testable import Lifted

/// All samples in one batch, weights by Cholesky factorisation: a denoising auto-encoder of shapes.
@Suite struct FullBatchTests {
  private let pool = WorkerPool(threads: 1)
  private let images: ImageSamples
  private let network: Network
  private let start: Parameters<Float>

  init() throws {
    let shapes = ShapeImages.make(count: 200, seed: 4, lane: 0)
    images = try ImageSamples(
      bytes: shapes.bytes, labels: shapes.labels, pixels: 256, task: .reconstruction(noise: 0.1),
      seed: 4)
    network = try Network {
      try dense(256, 256, ReLU())
      try dense(256, 256, try SoftThreshold(alpha: 0.1))
      try dense(256, 256, ReLU())
      try dense(256, 256, Identity())
    }
    start = try Initialisation.leCun.parameters(for: network, seed: 2, on: pool)
  }

  /// The forward loss before each sweep and the energy after it, until the rule ends it.
  private func history(
    _ penalty: any Penalty, weight: Double, sweeps: Int, growth: Double? = nil
  ) throws -> (losses: [Double], energies: [Double], reason: StopReason?) {
    let method = try BlockDescentTraining(
      penalty: penalty, hiddenWeight: weight, parameterSolver: try Majorise(tau: 1e5))
    let training = try StochasticTraining(
      network, method: method, batchSize: 200, epochs: sweeps, seed: 1)
    let rule = try StopRule(maximumIterations: sweeps, forwardLossGrowth: growth)
    var (state, watch) = (training.start(from: start), StopWatch())
    var workspace = TrainingWorkspace<Float>(for: network)
    var (losses, energies): ([Double], [Double]) = ([], [])
    while true {
      _ = try training.step(&state, &workspace, from: images, on: pool)
      losses.append(state.progress.lossOfEpoch / 200)
      energies.append(try #require(state.progress.diagnosis).objective)
      let reason = watch.observe(
        losses[losses.count - 1], seconds: 0, gradientEvaluations: 0,
        forwardLoss: losses[losses.count - 1], by: rule)
      if let reason { return (losses, energies, reason) }
    }
  }

  @Test(
    "One sweep takes the forward loss below a twentieth of what it was, and the energy falls on")
  func oneSweep() throws {
    let found = try history(BregmanPenalty(), weight: 10, sweeps: 4)
    #expect(found.losses[1] < 0.05 * found.losses[0], "\(found.losses)")
    #expect(zip(found.energies, found.energies.dropFirst()).allSatisfy { $1 < $0 })
    #expect(found.reason == .maximumIterations)
  }

  @Test("Where kept variables drift away, the stop fires before the forward loss has doubled")
  func stops() throws {
    // Penalties of lifted networks are not zero at the network: their energy falls, the loss rises.
    let drifting = try history(LiftedPenalty(), weight: 1, sweeps: 60, growth: 1.05)
    let (losses, least) = (drifting.losses, drifting.losses.min() ?? 0)
    #expect(drifting.reason == .forwardLossGrowth, "\(losses)")
    #expect(losses.count < 60 && losses[losses.count - 1] > 1.05 * least)
    #expect(losses[losses.count - 1] < 2 * least && least < 0.5 * losses[0])
    let energies = drifting.energies
    #expect(zip(energies, energies.dropFirst()).allSatisfy { $1 < $0 })
    let free = try history(LiftedPenalty(), weight: 1, sweeps: 60)
    #expect(free.reason == .maximumIterations && free.losses.count == 60)
    #expect(Array(free.losses.prefix(losses.count)) == losses)
  }
}
