import Lifted
import Tensors
import Testing

@testable import Distributed

@Suite("Delayed gradients over ranks")
struct RankDelayedTests {
  private static let parameters = 256 * 20 + 20 + 20 * 12 + 12 + 12 * 6 + 6

  private func trial(_ delay: Int) throws -> RankTrial {
    try RankTrial(
      DelayedSweep(
        signal: CentredContrast(),
        updates: [
          GradientStep(stepSize: 0.05), Momentum(stepSize: 0.01), Adam(stepSize: 1e-3),
        ], delay: delay, nudge: 0.5))
  }

  private func sharing(_ order: SumOrder) -> RankTrial.Sharing {
    { try RankDelayedSweep($0, samples: 203, over: $1, order: order) }
  }

  @Test(
    "Ranks reach the state of one process to rounding, gradients under way included",
    arguments: [0, 1, 3, 7])
  func likeOneProcess(delay: Int) throws {
    let trial = try trial(delay)
    let alone = try trial.alone(Double.self)
    for ranks in 1...4 {
      for order in SumOrder.allCases {
        let shared = try trial.shared(ranks, as: Double.self, by: sharing(order))
        #expect(relativeDistance(alone.theta, shared.state.theta) < 1e-11 && shared.areSame)
        #expect(shared.state.progress.step == alone.progress.step)
        #expect(abs(shared.state.progress.lossOfEpoch / alone.progress.lossOfEpoch - 1) < 1e-12)
        #expect(shared.state.layerSteps == alone.layerSteps)
        for (a, b) in zip(alone.memory.joined(), shared.state.memory.joined()) {
          var difference = a
          difference.combine(1, -1, b)
          #expect(difference.squaredNorm <= 1e-20 * a.squaredNorm)
        }
      }
    }
  }

  @Test("To 1e-5 in Float; in the deterministic order bits do not depend on the ranks")
  func deterministic() throws {
    let trial = try trial(2)
    let one = try trial.shared(1, as: Float.self, by: sharing(.deterministic)).state
    for ranks in 2...4 {
      #expect(try trial.shared(ranks, as: Float.self, by: sharing(.deterministic)).state == one)
    }
    #expect(try relativeDistance(trial.alone(Float.self).theta, one.theta) < 1e-5)
  }

  @Test(
    "What is given away is what the formulas say, whatever the delay", arguments: 1...4, [0, 3])
  func volume(ranks: Int, delay: Int) throws {
    let trial = try trial(delay)
    let numbers = 10 * (Self.parameters * 4 + 2 * 8)
    let shards = try Shards(16, of: 203, over: ranks)
    let crossings = ShardTree(shards: shards).crossings(in: 0..<16)
    let fast = try trial.shared(ranks, as: Float.self, by: sharing(.fast)).traffic
    #expect(fast.map(\.steps.bytes).reduce(0, +) == ranks * numbers)
    #expect(fast.allSatisfy { $0.steps.messages == 20 && $0.collecting == Traffic() })
    let exact = try trial.shared(ranks, as: Float.self, by: sharing(.deterministic)).traffic
    #expect(
      exact.map(\.steps.bytes).reduce(0, +) == (ranks == 1 ? 0 : (crossings + 1) * numbers))
  }

  @Test("One rank's wish to end is heard with its gradient, and at the end of the epoch")
  func interruption() throws {
    let trial = try trial(3)
    let found = try trial.shared(3, as: Float.self, by: sharing(.fast)) { rank, step in
      rank == 2 && [1, 3, 5].contains(step)
    }
    // Steps 0…4 and 5…9 are epochs; the wish of step 3 is heard when all gradients are waited for, after
    // that of step 1.
    let heard = (0..<10).map { [4, 8].contains($0) }
    #expect(found.wishes == Array(repeating: heard, count: 3))
  }

  @Test("Another method, and more ranks than shards, are refused")
  func refusals() throws {
    let training = try trial(1).training
    #expect(throws: SolverError.self) {
      try RankDelayedSweep(training, samples: 203, over: LoneRank(), shards: 0)
    }
    let other = try RankTrial(ImplicitStochasticGradient(tau: 1, rounds: 1)).training
    #expect(throws: SolverError.self) {
      try RankDelayedSweep(other, samples: 203, over: LoneRank())
    }
  }
}
