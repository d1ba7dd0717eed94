import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct NudgeCalibrationTests {
  private let pool = WorkerPool(threads: 1)

  @Test(
    "The calibrated gradient is within 0.97 of back-propagation's",
    arguments: [Formula.relu, .tanh, .sigmoid, .softThreshold], [0.5, 2, 8])
  func landsNearTheGradient(_ hidden: Formula, _ gain: Double) throws {
    let naive = try Naive([20, 30, 30, 30, 5], [hidden, hidden, hidden, .softmax])
    let theta = Parameters<Double>.random(naive.network, gain: gain)
    let probe = naive.batch(40)
    let truth = try BackPropagation().weightGradient(
      of: naive.network, at: theta, probe, beta: 1, on: pool)
    for signal in LiftedLimitTests.signals {
      let beta = try NudgeCalibration().nudge(for: signal, naive.network, theta, probe, on: pool)
      let gradient = try signal.weightGradient(
        of: naive.network, at: theta, probe, beta: beta, on: pool)
      #expect(gradient.cosine(to: truth) >= 0.97, "\(signal), beta \(beta)")
    }
  }

  @Test("Going up, the last candidate that agrees with a third of itself is taken")
  func lastToAgree() throws {
    let naive = try Naive([20, 30, 30, 5], [.tanh, .tanh, .softmax])
    let theta = Parameters<Double>.random(naive.network, gain: 3)
    let probe = naive.batch(40)
    let calibration = try NudgeCalibration(
      agreement: 0.99, candidates: [0.01, 100, 1, 0.1, 10])
    #expect(calibration.candidates == [100, 10, 1, 0.1, 0.01])
    let signal = MirrorSweep()
    let gradients = try [0.01, 0.1, 1, 10, 100].map { beta in
      try [beta, beta / 3].map {
        try signal.weightGradient(of: naive.network, at: theta, probe, beta: $0, on: pool)
      }
    }
    let agreeing = gradients.prefix {
      $0[0].cosine(to: $0[1]) >= 0.99 && $0[0].cosine(to: gradients[0][1]) >= 0.9776
    }
    let found = try calibration.nudge(for: signal, naive.network, theta, probe, on: pool)
    #expect(found == [0.01, 0.1, 1, 10, 100][agreeing.count - 1])
    #expect(found < 100, "the test needs a case in which something is refused")
  }

  @Test("If none agrees the smallest candidate is taken")
  func noneAgrees() throws {
    let naive = try Naive([4, 6, 3], [.tanh, .softmax])
    let theta = Parameters<Double>.random(naive.network)
    let strict = try NudgeCalibration(agreement: 1)
    let beta = try strict.nudge(for: MirrorSweep(), naive.network, theta, naive.batch(6), on: pool)
    #expect(beta == 0.001)
  }
}
