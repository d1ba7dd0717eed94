import Testing

@testable import Lifted

@Suite struct ScheduleTests {
  @Test("The constant schedule is 1 throughout")
  func constant() {
    for t in [0, 0.3, 1] { #expect(Schedule.constant.factor(at: t) == 1) }
  }

  @Test("The cosine schedule goes from 1 through a half to 0 and stays there")
  func cosine() {
    #expect(Schedule.cosine.factor(at: 0) == 1)
    #expect(abs(Schedule.cosine.factor(at: 0.5) - 0.5) < 1e-15)
    #expect(abs(Schedule.cosine.factor(at: 1 / 3.0) - 0.75) < 1e-15)
    #expect(abs(Schedule.cosine.factor(at: 1)) < 1e-15)
    #expect(abs(Schedule.cosine.factor(at: 1.5)) < 1e-15)
  }

  @Test("The inverse schedule goes from 1 to a tenth")
  func inverse() {
    #expect(Schedule.inverse.factor(at: 0) == 1)
    #expect(abs(Schedule.inverse.factor(at: 1) - 0.1) < 1e-15)
    #expect(abs(Schedule.inverse.factor(at: 1 / 9.0) - 0.5) < 1e-15)
  }

  @Test("Training multiplies the step size by the schedule's factor")
  func inTraining() throws {
    let naive = try Naive([4, 3], [.identity])
    let samples = TensorSamples(naive.batch(8))
    let start = Parameters<Double>.random(naive.network)
    func moved(_ schedule: Schedule) throws -> [Double] {
      let method = OneSweep(
        signal: MirrorSweep(), updates: [try GradientStep(stepSize: 1e-6)], nudge: try Nudge(1))
      let training = try StochasticTraining(
        naive.network, method: method, batchSize: 8, epochs: 4, schedule: schedule, seed: 1)
      var state = training.start(from: start)
      return try (0..<4).map { _ in
        let before = state.theta
        _ = try training.run(&state, on: samples, steps: 1)
        return distance(before, state.theta)
      }
    }
    let constant = try moved(.constant)
    for schedule in [Schedule.cosine, .inverse] {
      for (step, (a, b)) in zip(try moved(schedule), constant).enumerated() {
        #expect(abs(a / b - schedule.factor(at: Double(step) / 4)) < 1e-3, "\(schedule)")
      }
    }
  }

  @Test(
    "A budget of gradient evaluations ends the schedule with its last epoch, whatever a step costs",
    arguments: [1, 3])
  func budget(_ rounds: Int) throws {
    let naive = try Naive([4, 3], [.identity])
    let samples = TensorSamples(naive.batch(8))
    let start = Parameters<Double>.random(naive.network)
    // 4 steps an epoch: within 17 rounds' evaluations, 5 epochs.
    func training(_ epochs: Int, _ most: Int?) throws -> StochasticTraining {
      try StochasticTraining(
        naive.network, method: ImplicitStochasticGradient(tau: 0.1, rounds: rounds), batchSize: 2,
        epochs: epochs, maximumGradientEvaluations: most, schedule: .cosine, seed: 1)
    }
    func run(_ training: StochasticTraining) throws -> (TrainingState<Double>, [Double]) {
      var state = training.start(from: start)
      let factors = try (0..<20).map { _ in
        _ = try training.run(&state, on: samples, steps: 1)
        return training.stepFactor(samples: 8, after: state.progress)
      }
      return (state, factors)
    }
    let (plain, factors) = try run(training(5, nil))
    let (within, same) = try run(training(100, 17 * rounds))
    #expect(within == plain && same == factors && abs(factors[19]) < 1e-12)
    let (exact, _) = try run(training(100, 20 * rounds))
    #expect(exact == plain)
    #expect(try run(training(100, nil)).0 != plain)
    // A larger budget than the epochs need changes nothing.
    #expect(try run(training(5, .max)).0 == plain)
    #expect(throws: SolverError.self) { try training(5, 0) }
  }
}
