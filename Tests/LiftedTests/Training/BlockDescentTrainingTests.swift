import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct BlockDescentTrainingTests {
  private let samples = TensorSamples(clouds: 3, samples: 40, inputs: 5)

  private func network() throws -> Network {
    try Network {
      try dense(5, 8, ReLU())
      try dense(8, 3, Softmax())
    }
  }

  private func training(
    batchSize: Int = 40, epochs: Int = 12, schedule: Schedule = .constant,
    _ method: BlockDescentTraining
  ) throws -> StochasticTraining {
    try StochasticTraining(
      network(), method: method, batchSize: batchSize, epochs: epochs, schedule: schedule, seed: 5)
  }

  private func trained(
    _ training: StochasticTraining, threads: Int = 1
  ) throws -> (state: TrainingState<Double>, losses: [Double]) {
    var state = training.start(from: Parameters<Double>.random(training.network))
    let losses = try training.run(&state, on: samples, threads: threads)
    return (state, losses)
  }

  @Test("The full-batch method is BlockDescent from the forward pass, round by round")
  func fullBatch() throws {
    let method = try BlockDescentTraining(parameterSolver: try Majorise(tau: 5))
    let (state, _) = try trained(training(epochs: 6, method))
    let pool = WorkerPool(threads: 1)
    let network = try network()
    let descent = try BlockDescent(
      Energy(network), free: .training, parameterSolver: try Majorise(tau: 5))
    var inner = descent.start(
      at: try LiftedPoint(
        forward: samples.x, output: samples.y, theta: Parameters<Double>.random(network),
        network: network, on: pool),
      on: pool)
    for _ in 0..<6 { try descent.round(&inner, on: pool) }
    let point = inner.point
    #expect(state.theta == point.theta)
    #expect(state.kept == [point.x[1]])
    let diagnosis = try #require(state.progress.diagnosis)
    let value = descent.energy.value(at: point, on: pool)
    #expect(diagnosis.objective == value.total && diagnosis.penalties == value.penalties)
    #expect(diagnosis.consistencyGaps == descent.energy.consistencyGaps(at: point, on: pool))
    #expect(try #require(diagnosis.stationarity) > 0)
  }

  @Test("Stopped between two steps and gone on with, it is the uninterrupted run bit for bit")
  func resumes() throws {
    let method = try BlockDescentTraining(
      continuation: try Continuation(.geometric(factor: 1.2)), variables: .kept(restartEvery: 3))
    let training = try training(batchSize: 16, epochs: 5, method)
    let (whole, _) = try trained(training)
    var state = training.start(from: Parameters<Double>.random(training.network))
    _ = try training.run(&state, on: samples, steps: 4)
    _ = try training.run(&state, on: samples)
    #expect(state == whole)
    #expect(whole.kept.map(\.shape) == [[40, 8]])
    #expect(try #require(whole.progress.layerWeights)[0] > 1)
  }

  @Test("One, two and four threads give the same bits")
  func threads() throws {
    let training = try training(
      batchSize: 16, epochs: 3,
      BlockDescentTraining(
        variableSolver: try AcceleratedGradient(), parameterSolver: try Majorise(tau: 1)))
    let one = try trained(training, threads: 1).state
    for threads in [2, 4] { #expect(try trained(training, threads: threads).state == one) }
  }

  @Test("Every option changes the result")
  func options() throws {
    let plain = try trained(training(epochs: 4, BlockDescentTraining())).state.theta
    let others: [BlockDescentTraining] = [
      try BlockDescentTraining(penalty: LiftedPenalty()),
      try BlockDescentTraining(hiddenWeight: 2),
      try BlockDescentTraining(lossWeight: 2),
      try BlockDescentTraining(continuation: try Continuation(.geometric(factor: 2))),
      try BlockDescentTraining(continuation: try Continuation(.dualAscent(eta: 50))),
      try BlockDescentTraining(variableSolver: try ProximalGradient(steps: 2)),
      try BlockDescentTraining(parameterSolver: try Majorise(tau: 1)),
      try BlockDescentTraining(rounds: 2),
      try BlockDescentTraining(variables: .restarted),
      try BlockDescentTraining(variables: .kept(restartEvery: 2)),
      try BlockDescentTraining(anchorTau: 0.1),
      try BlockDescentTraining(weightPenalty: try WeightPenalty(decay: 0.1)),
      try BlockDescentTraining(
        penalty: MACPenalty(), variableSolver: try Backtracking(),
        parameterSolver: try Backtracking()),
    ]
    for (k, other) in others.enumerated() {
      let theta = try trained(training(epochs: 4, other)).state.theta
      #expect(distance(theta, plain) > 1e-9, "option \(k)")
    }
    let anchored = try BlockDescentTraining(anchorTau: 0.1)
    let cosine = try trained(training(epochs: 4, schedule: .cosine, anchored)).state.theta
    #expect(distance(cosine, try trained(training(epochs: 4, anchored)).state.theta) > 1e-9)
  }

  @Test("It learns, kept or restarted, in full batches or small ones")
  func learns() throws {
    for (size, variables) in [
      (40, BlockDescentTraining.Variables.restarted), (40, .kept(restartEvery: nil)),
      (10, .restarted), (10, .kept(restartEvery: 1)),
    ] {
      let method = try BlockDescentTraining(
        parameterSolver: try Majorise(tau: 10), variables: variables)
      let losses = try trained(training(batchSize: size, epochs: 30, method)).losses
      #expect(try #require(losses.last) < 0.5 * losses[0], "batches of \(size), \(variables)")
    }
  }

  @Test("An epoch that ends at no finite energy leaves no diagnosis, not that of an earlier one")
  func diverged() throws {
    let training = try training(BlockDescentTraining(variables: .restarted))
    var state = training.start(from: Parameters<Double>.random(training.network))
    _ = try training.run(&state, on: samples, steps: 1)
    #expect(state.progress.diagnosis != nil)
    for l in 0...1 { state.theta.layers[l][0].scale(by: 1e200) }
    _ = try training.run(&state, on: samples, steps: 1)
    #expect(state.progress.diagnosis == nil)
    let splitting = try StochasticTraining(
      network(), method: SplittingTraining(try AugmentedMAC(tau: 1, steps: 1), rho: 1),
      batchSize: 40, epochs: 2, seed: 5)
    state = splitting.start(from: Parameters<Double>.random(splitting.network))
    _ = try splitting.run(&state, on: samples, steps: 1)
    #expect(state.progress.diagnosis != nil)
    state.kept[0].scale(by: 1e300)
    _ = try splitting.run(&state, on: samples, steps: 1)
    #expect(state.progress.diagnosis == nil)
  }

  @Test("Weights grow after the energy has risen as often as asked for, counted anew afterwards")
  func growthAfterIncreases() throws {
    let method = try BlockDescentTraining(
      continuation: try Continuation(.afterIncreases(factor: 2, count: 2)),
      parameterSolver: try AdamStep(stepSize: 3), variables: .restarted)
    let training = try training(batchSize: 10, epochs: 40, method)
    var state = training.start(from: Parameters<Double>.random(training.network))
    var (weight, rises, growths) = (1.0, 0, 0)
    var last: Double?
    for _ in 0..<40 {
      _ = try training.run(&state, on: samples, steps: 4)
      let value = try #require(state.progress.diagnosis).objective
      rises = value > last ?? .infinity ? rises + 1 : 0
      if rises == 2 { (weight, rises, growths) = (weight * 2, 0, growths + 1) }
      #expect(state.progress.layerWeights?.first ?? 1 == weight)
      last = value
    }
    #expect(growths >= 1)
  }

  @Test("Kept variables are refused under solvers that would forget them, restarted ones are not")
  func forgetful() throws {
    let solvers: [any VariableSolver] = [try MirrorStep(), try FixedPoint()]
    for solver in solvers {
      for variables in [
        BlockDescentTraining.Variables.kept(restartEvery: nil), .kept(restartEvery: 2),
      ] {
        let error = #expect(throws: SolverError.self) {
          try BlockDescentTraining(variableSolver: solver, variables: variables)
        }
        #expect(try #require(error).description.contains("make variables restarted"))
      }
      _ = try BlockDescentTraining(variableSolver: solver, variables: .restarted)
    }
  }

  @Test("Numbers out of range and parts that do not fit are refused")
  func refusals() throws {
    for bad in notPositive {
      #expect(throws: SolverError.self) { try BlockDescentTraining(hiddenWeight: bad) }
      #expect(throws: SolverError.self) { try BlockDescentTraining(lossWeight: bad) }
      #expect(throws: SolverError.self) { try BlockDescentTraining(anchorTau: bad) }
    }
    #expect(throws: SolverError.self) { try BlockDescentTraining(rounds: 0) }
    #expect(throws: SolverError.self) {
      try BlockDescentTraining(variables: .kept(restartEvery: 0))
    }
    #expect(throws: SolverError.self) {
      try training(BlockDescentTraining(variableSolver: try FixedPoint(), variables: .restarted))
    }
  }
}
