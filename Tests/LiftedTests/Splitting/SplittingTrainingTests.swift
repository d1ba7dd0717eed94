import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct SplittingTrainingTests {
  private static let samples = TensorSamples(clouds: 3, samples: 45, inputs: 5)

  private func training(
    _ c: SplitCase, batchSize: Int = 45, epochs: Int = 4, rho: Double? = nil,
    _ continuation: Continuation = .constant, sweeps: Int = 1, restartEvery: Int? = nil,
    penalty: WeightPenalty = .standard
  ) throws -> StochasticTraining {
    let method = try SplittingTraining(
      c.splitting, rho: rho ?? c.rho, continuation: continuation, sweeps: sweeps,
      restartEvery: restartEvery, weightPenalty: penalty)
    return try StochasticTraining(
      c.network, method: method, batchSize: batchSize, epochs: epochs, seed: 3)
  }

  private func result(_ training: StochasticTraining, threads: Int = 1) throws
    -> TrainingState<Double>
  {
    var state = training.start(from: Parameters<Double>.random(training.network))
    _ = try training.run(&state, on: Self.samples, threads: threads)
    return state
  }

  @Test("Each formulation learns to tell clouds of points apart", arguments: try SplitCase.all())
  func learns(c: SplitCase) throws {
    let training = try training(c, epochs: 60)
    var state = training.start(from: Parameters<Double>.random(c.network))
    let losses = try training.run(&state, on: Self.samples)
    let pool = WorkerPool(threads: 1)
    let found = Evaluation(of: state.theta, c.network, on: Self.samples, pool: pool)
    #expect(losses[59] < 0.6 * losses[0])
    #expect(found.accuracy > 0.9)
    #expect(state.progress.gradientEvaluations == 60)
  }

  @Test("One, two and four threads give the same bits", arguments: try SplitCase.all())
  func threads(c: SplitCase) throws {
    let one = try result(training(c, batchSize: 20))
    #expect(one.theta.isFinite && !one.kept.isEmpty)
    #expect(try result(training(c, batchSize: 20), threads: 2) == one)
    #expect(try result(training(c, batchSize: 20), threads: 4) == one)
  }

  @Test(
    "A state saved after any step goes on as if nothing had happened",
    arguments: try SplitCase.all(), [1, 3, 5])
  func resume(c: SplitCase, steps: Int) throws {
    let training = try training(c, batchSize: 20, restartEvery: 3)
    var first = training.start(from: Parameters<Double>.random(c.network))
    _ = try training.run(&first, on: Self.samples, steps: steps)
    var copy = first
    _ = try training.run(&first, on: Self.samples)
    _ = try training.run(&copy, on: Self.samples)
    #expect(copy == first)
    #expect(try copy == result(training))
  }

  @Test("Every option changes the result", arguments: try SplitCase.all())
  func options(c: SplitCase) throws {
    let growing = try Continuation(.geometric(factor: 2))
    let bounded = try Continuation(.geometric(factor: 2), cap: 2 * c.rho)
    let strong = try WeightPenalty(decay: 0.1)
    let results = try [
      training(c), training(c, rho: 2 * c.rho), training(c, growing), training(c, bounded),
      training(c, sweeps: 2), training(c, restartEvery: 2),
      training(c, restartEvery: 3), training(c, batchSize: 20), training(c, penalty: strong),
    ].map { try result($0).theta }
    for i in results.indices {
      for j in 0..<i { #expect(distance(results[i], results[j]) > 1e-9, "\(i) and \(j)") }
    }
  }

  @Test("Every number of a formulation changes the result")
  func numbers() throws {
    let cases = try SplitCase.all()
    let (kinked, smooth) = (cases[0].network, cases[5].network)
    let splittings: [(any Splitting, Network)] = [
      (try ThreeSplitting(gamma: 1, tau: 3), kinked),
      (try ThreeSplitting(gamma: 2, tau: 3), kinked),
      (try ThreeSplitting(gamma: 1, tau: 4), kinked),
      (try ThreeSplitting(gamma: 1, tau: 3, alpha: 0.5), kinked),
      (try TaylorADMM(gamma: 1, tau: 3), kinked),
      (try TaylorADMM(gamma: 2, tau: 3), kinked), (try TaylorADMM(gamma: 1, tau: 4), kinked),
      (DeepADMM(), kinked), (try BregmanADMM(lambda: 1, tau: 3, steps: 4), smooth),
      (try BregmanADMM(lambda: 2, tau: 3, steps: 4), smooth),
      (try BregmanADMM(lambda: 1, tau: 4, steps: 4), smooth),
      (try BregmanADMM(lambda: 1, tau: 3, steps: 5), smooth),
      (try AugmentedMAC(tau: 3, steps: 2), smooth), (try AugmentedMAC(tau: 4, steps: 2), smooth),
      (try AugmentedMAC(tau: 3, steps: 3), smooth),
    ]
    let results = try splittings.map { splitting, network in
      let c = SplitCase(testDescription: "", splitting: splitting, network: network, rho: 1)
      return try result(training(c)).theta
    }
    for i in results.indices {
      for j in 0..<i { #expect(distance(results[i], results[j]) > 1e-9, "\(i) and \(j)") }
    }
  }

  @Test("Epochs of one sweep are one epoch of as many: no variable is lost in between")
  func nothingIsLost() throws {
    for c in try SplitCase.all() {
      let many = try result(training(c, epochs: 3))
      let one = try result(training(c, epochs: 1, sweeps: 3))
      #expect(many.theta == one.theta && many.kept == one.kept, "\(c.testDescription)")
      #expect(many.progress.diagnosis != nil && many.progress.diagnosis == one.progress.diagnosis)
    }
  }

  @Test("A restart every epoch leaves nothing of what was kept")
  func restart() throws {
    for c in try SplitCase.all() {
      let training = try training(c, epochs: 2, restartEvery: 1)
      var (state, emptied) = (
        training.start(from: Parameters<Double>.random(c.network)),
        training.start(from: Parameters<Double>.random(c.network))
      )
      _ = try training.run(&state, on: Self.samples)
      _ = try training.run(&emptied, on: Self.samples, steps: 1)
      emptied.kept = []
      _ = try training.run(&emptied, on: Self.samples)
      #expect(state == emptied)
    }
  }

  /// `rho` after each epoch.
  private func weights(_ c: SplitCase, epochs: Int, rho: Double, _ continuation: Continuation)
    throws -> [Double]
  {
    let training = try training(c, epochs: epochs, rho: rho, continuation)
    var state = training.start(from: Parameters<Double>.random(c.network))
    return try (0..<epochs).map { _ in
      _ = try training.run(&state, on: Self.samples, steps: 1)
      return state.progress.layerWeights?.first ?? rho
    }
  }

  @Test("The weight of the constraints grows by its factor up to its bound")
  func growth() throws {
    for c in try SplitCase.all() {
      let growing = try Continuation(.geometric(factor: 2), cap: 3)
      #expect(try weights(c, epochs: 4, rho: 0.5, growing) == [1, 2, 3, 3])
    }
  }

  @Test("dlADMM's weight grows after its energy has risen three times in a row, and not before")
  func growthAfterIncreases() throws {
    let c = try #require(try SplitCase.all().first { $0.splitting is DeepADMM })
    let growing = try Continuation(.afterIncreases(factor: 10, count: 3), cap: 0.1)
    let training = try training(c, batchSize: 9, epochs: 80, rho: 1e-6, growing)
    var state = training.start(from: Parameters<Double>.random(c.network))
    var (rho, rises, growths) = (1e-6, 0, 0)
    var last: Double?
    for epoch in 1...80 {
      _ = try training.run(&state, on: Self.samples, steps: 5)
      let value = try #require(state.progress.diagnosis).objective
      rises = value > last ?? .infinity ? rises + 1 : 0
      if rises == 3, rho < 0.1 { (rho, rises, growths) = (min(rho * 10, 0.1), 0, growths + 1) }
      #expect(state.progress.layerWeights?.first ?? 1e-6 == rho, "epoch \(epoch)")
      last = value
    }
    #expect(growths >= 1)
  }

  @Test("Numbers out of range are refused")
  func outOfRange() throws {
    for bad in notPositive {
      #expect(throws: SolverError.self) { try SplittingTraining(DeepADMM(), rho: bad) }
      #expect(throws: SolverError.self) { try ThreeSplitting(gamma: bad, tau: 1) }
      #expect(throws: SolverError.self) { try ThreeSplitting(gamma: 1, tau: bad) }
      #expect(throws: SolverError.self) { try TaylorADMM(gamma: bad, tau: 1) }
      #expect(throws: SolverError.self) { try TaylorADMM(gamma: 1, tau: bad) }
      #expect(throws: SolverError.self) { try BregmanADMM(lambda: bad, tau: 1, steps: 1) }
      #expect(throws: SolverError.self) { try BregmanADMM(lambda: 1, tau: bad, steps: 1) }
      #expect(throws: SolverError.self) { try AugmentedMAC(tau: bad, steps: 1) }
    }
    #expect(throws: SolverError.self) { try ThreeSplitting(gamma: 1, tau: 1, alpha: -1) }
    #expect(throws: SolverError.self) { try ThreeSplitting(gamma: 1, tau: 1, alpha: .infinity) }
    #expect(throws: SolverError.self) { try BregmanADMM(lambda: 1, tau: 1, steps: 0) }
    #expect(throws: SolverError.self) { try AugmentedMAC(tau: 1, steps: 0) }
    #expect(throws: SolverError.self) { try SplittingTraining(DeepADMM(), rho: 1, sweeps: 0) }
    #expect(throws: SolverError.self) {
      try SplittingTraining(DeepADMM(), rho: 1, restartEvery: 0)
    }
    let ascent = try Continuation(.dualAscent(eta: 1))
    #expect(throws: SolverError.self) {
      try SplittingTraining(DeepADMM(), rho: 1, continuation: ascent)
    }
  }

  @Test("Layers whose blocks have no minimiser at hand are refused with a way out")
  func refusals() throws {
    let smooth = try Network([try dense(4, 5, Tanh()), try dense(5, 2, Softmax())])
    let sparse = try Network([
      try dense(4, 5, ReLU(), regulariser: try L1Penalty(alpha: 0.1)), try dense(5, 2, Softmax()),
    ])
    let underived = try Network([try dense(4, 5, Derivativeless()), try dense(5, 2, Softmax())])
    func reason(_ splitting: any Splitting, _ network: Network) -> String? {
      do throws(SolverError) {
        try splitting.check(network)
        return nil
      } catch {
        return error.description
      }
    }
    let (three, taylor) = (
      try ThreeSplitting(gamma: 1, tau: 1), try TaylorADMM(gamma: 1, tau: 1)
    )
    let quadratic: [any Splitting] = [three, taylor, DeepADMM()]
    for splitting in quadratic {
      #expect(reason(splitting, smooth)?.contains("piecewise linear") == true)
      #expect(reason(splitting, smooth)?.contains("Tanh") == true)
      #expect(reason(splitting, sparse)?.contains("leave out its l1") == true)
    }
    let augmented = try AugmentedMAC(tau: 1, steps: 1)
    #expect(reason(augmented, underived)?.contains("needs the derivative") == true)
    #expect(reason(augmented, sparse)?.contains("leave out its l1") == true)
    #expect(reason(augmented, smooth) == nil)
    let bregman = try BregmanADMM(lambda: 1, tau: 1, steps: 1)
    for network in [smooth, sparse, underived] { #expect(reason(bregman, network) == nil) }
  }

  @Test("The Bregman form takes a layer's l1 into its block, and more of it leaves more zeros")
  func sparse() throws {
    func zeros(_ alpha: Double) throws -> Int {
      let network = try Network([
        try dense(5, 7, ReLU(), regulariser: try L1Penalty(alpha: alpha)),
        try dense(7, 3, Softmax()),
      ])
      let c = SplitCase(
        testDescription: "", splitting: try BregmanADMM(lambda: 1, tau: 3, steps: 20),
        network: network, rho: 1)
      return try result(training(c)).kept[0].scalars.count { $0 == 0 }
    }
    #expect(try zeros(0.5) > zeros(0.001))
  }
}
