import Proximal
import Tensors
import Testing

@testable import Lifted

/// The same seed gives the same bits, however many threads and however often training is interrupted.
@Suite struct DeterminismTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let make: @Sendable () throws -> any MinibatchMethod
  }

  static let cases = [
    Case(testDescription: "contrast with Adam") {
      OneSweep(signal: CentredContrast(), updates: [try Adam()], nudge: try Nudge(0.1))
    },
    Case(testDescription: "mirror with the implicit step") {
      OneSweep(
        signal: MirrorSweep(), updates: [try ImplicitStep(tau: 0.5)],
        nudge: try Nudge(0.3, rescue: Nudge.Rescue(activeBelow: 0.6)))
    },
    Case(testDescription: "back-propagation with momentum") {
      OneSweep(
        signal: BackPropagation(), updates: [try Momentum(stepSize: 0.01)], nudge: try Nudge(1))
    },
    Case(testDescription: "hybrid updates") {
      OneSweep(
        signal: CentredContrast(),
        updates: [
          try Adam(), try Momentum(stepSize: 0.01), try ImplicitStep(tau: 1, relaxation: 0.2),
        ],
        nudge: try Nudge(0.1))
    },
    Case(testDescription: "covariance steps") {
      OneSweep(
        signal: CentredContrast(),
        updates: [
          try CovarianceStep(stepSize: 0.1, refresh: 2), try Adam(),
          try CovarianceStep(stepSize: 0.2),
        ],
        nudge: try Nudge(0.1))
    },
    Case(testDescription: "finite sums") {
      try FiniteSumSweep(signal: CentredContrast(), rule: .saga, stepSize: 0.05)
    },
    Case(testDescription: "consensus") {
      try ConsensusTraining(
        signal: CentredContrast(), workers: 3, localSteps: 2, rho: 1, stepSize: 0.1)
    },
    Case(testDescription: "delayed") {
      try DelayedSweep(signal: MirrorSweep(), updates: [try Adam()], delay: 2)
    },
    Case(testDescription: "contrastive phases") {
      try ContrastivePhases(gamma: 0.3, sweeps: 2, updates: [try Adam()])
    },
    Case(testDescription: "implicit stochastic gradient") {
      try ImplicitStochasticGradient(tau: 1, rounds: 3)
    },
  ]

  private let samples: ImageSamples
  private let network: Network

  init() throws {
    // Wide enough for the products to be cut into several tiles; the last batch is smaller.
    network = try Naive([196, 128, 64, 10], [.relu, .tanh, .softmax]).network
    var stream = RandomStream(seed: 4, .synthesis)
    let bytes = (0..<230 * 196).map { _ in UInt8(truncatingIfNeeded: stream.next()) }
    samples = try ImageSamples(
      bytes: bytes, labels: (0..<230).map { UInt8($0 % 10) }, pixels: 196,
      task: .classification(classes: 10), seed: 1)
  }

  private func training(_ c: Case, seed: UInt64 = 5) throws -> StochasticTraining {
    try StochasticTraining(
      network, method: try c.make(), batchSize: 100, epochs: 2, schedule: .cosine, seed: seed)
  }

  private func result(_ c: Case, seed: UInt64 = 5, threads: Int) throws -> TrainingState<Float> {
    let training = try training(c, seed: seed)
    let theta: Parameters<Float> = try Initialisation.leCun.parameters(
      for: network, seed: seed, on: WorkerPool(threads: threads))
    var state = training.start(from: theta)
    _ = try training.run(&state, on: samples, threads: threads)
    #expect(state.progress.epoch == 2 && state.progress.step == 6)
    return state
  }

  @Test("One, two and four threads give the same bits", arguments: cases)
  func threads(_ c: Case) throws {
    let one = try result(c, threads: 1)
    #expect(one.theta.isFinite)
    #expect(try result(c, threads: 2) == one)
    #expect(try result(c, threads: 4) == one)
  }

  @Test("Another seed gives other weights", arguments: cases)
  func seeds(_ c: Case) throws {
    #expect(try result(c, threads: 1).theta != result(c, seed: 6, threads: 1).theta)
  }

  @Test("A state saved in mid-epoch goes on as if nothing had happened", arguments: cases, 1...5)
  func resume(_ c: Case, _ steps: Int) throws {
    let training = try training(c)
    let theta: Parameters<Float> = try Initialisation.leCun.parameters(
      for: network, seed: 5, on: WorkerPool(threads: 1))
    var first = training.start(from: theta)
    _ = try training.run(&first, on: samples, steps: steps)
    // A value: going on with the original leaves the copy alone, and a new workspace is made.
    var copy = first
    _ = try training.run(&first, on: samples)
    #expect(copy.progress.step == steps)
    _ = try training.run(&copy, on: samples)
    #expect(copy == first)
    #expect(try copy == result(c, threads: 1))
  }

  @Test("A workspace may be used again for another training")
  func workspace() throws {
    let pool = WorkerPool(threads: 1)
    let samples = TensorSamples(clouds: 3, samples: 40, inputs: 6)
    let network = try Naive([6, 5, 3], [.relu, .softmax]).network
    let method = OneSweep(
      signal: MirrorSweep(), updates: [try GradientStep(stepSize: 0.1)], nudge: try Nudge(1))
    let theta = Parameters<Double>.random(network)
    var shared = TrainingWorkspace<Double>(for: network)
    for seed in [UInt64(1), 2] {
      let training = try StochasticTraining(
        network, method: method, batchSize: 8, epochs: 1, seed: seed)
      var (state, alone) = (training.start(from: theta), training.start(from: theta))
      for _ in 0..<5 { _ = try training.step(&state, &shared, from: samples, on: pool) }
      _ = try training.run(&alone, on: samples)
      #expect(state == alone, "seed \(seed)")
    }
  }
}
