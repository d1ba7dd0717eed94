import Lifted
import Tensors
import Testing

@testable import Distributed

@Suite("Consensus over ranks")
struct RankConsensusTests {
  private static let parameters = 256 * 20 + 20 + 20 * 12 + 12 + 12 * 6 + 6

  private func trial(workers: Int, localSteps: Int) throws -> RankTrial {
    try RankTrial(
      ConsensusTraining(
        signal: CentredContrast(), workers: workers, localSteps: localSteps, rho: 2, stepSize: 0.2,
        nudge: 0.5))
  }

  private func sharing(_ order: SumOrder) -> RankTrial.Sharing {
    { try RankConsensus($0, samples: 203, over: $1, order: order) }
  }

  @Test(
    "Any number of ranks leaves the bits of one process, workers and losses included",
    arguments: [(4, 1), (4, 3), (5, 4)])
  func bits(workers: Int, localSteps: Int) throws {
    let trial = try trial(workers: workers, localSteps: localSteps)
    let alone = try trial.alone(Float.self)
    for ranks in 1...4 {
      let shared = try trial.shared(ranks, as: Float.self, by: sharing(.deterministic))
      #expect(shared.state == alone && shared.areSame, "\(ranks) ranks")
    }
  }

  @Test("In the fast order they are those of one process to rounding", arguments: 1...4)
  func fast(ranks: Int) throws {
    let trial = try trial(workers: 5, localSteps: 2)
    let single = try trial.shared(ranks, as: Float.self, by: sharing(.fast))
    #expect(try relativeDistance(trial.alone(Float.self).theta, single.state.theta) < 1e-5)
    let double = try trial.shared(ranks, as: Double.self, by: sharing(.fast))
    let alone = try trial.alone(Double.self)
    #expect(relativeDistance(alone.theta, double.state.theta) < 1e-12)
    #expect(abs(double.state.progress.lossOfEpoch / alone.progress.lossOfEpoch - 1) < 1e-12)
    #expect(single.areSame && double.areSame)
  }

  @Test("Batches of which a worker has no sample")
  func emptyShares() throws {
    var trial = try trial(workers: 4, localSteps: 3)
    trial.batchSize = 3
    let alone = try trial.alone(Float.self)
    #expect(try trial.shared(2, as: Float.self, by: sharing(.deterministic)).state == alone)
  }

  @Test("What is given away is what the formulas say", arguments: 1...4, [1, 4])
  func volume(ranks: Int, localSteps: Int) throws {
    let trial = try trial(workers: 4, localSteps: localSteps)
    let steps = 2 * 5
    let rounds = steps / localSteps
    // A report at the end of each round, and at the end of an epoch that ends within one.
    let reports = localSteps == 1 ? 10 : 4
    let numbers = rounds * Self.parameters * 4 + (steps + reports) * 8
    for order in SumOrder.allCases {
      let traffic = try trial.shared(ranks, as: Float.self, by: sharing(order)).traffic
      let shards = try Shards(4, of: 203, over: ranks)
      let crossings = ShardTree(shards: shards).crossings(in: 0..<4)
      let times = order == .fast ? ranks : ranks == 1 ? 0 : crossings + 1
      #expect(traffic.map(\.steps.bytes).reduce(0, +) == times * numbers)
      if order == .fast {
        #expect(traffic.allSatisfy { $0.steps.messages == rounds + reports })
      }
      for (rank, traffic) in traffic.enumerated() {
        let elsewhere = rank == 0 ? 0 : shards.owned(by: rank).count
        #expect(traffic.collecting.bytes == elsewhere * 2 * Self.parameters * 4)
      }
    }
  }

  @Test("One rank's wish to end is heard at the end of the round, and of the epoch")
  func interruption() throws {
    let trial = try trial(workers: 3, localSteps: 3)
    let found = try trial.shared(3, as: Float.self, by: sharing(.deterministic)) { rank, step in
      rank == 2 && [0, 3, 8].contains(step)
    }
    // Rounds end after steps 2, 5, 8 of 0…9, epochs after 4 and 9.
    let heard = (0..<10).map { [2, 4, 8].contains($0) }
    #expect(found.wishes == Array(repeating: heard, count: 3))
  }

  @Test("More ranks than workers, more workers than samples, and other methods are refused")
  func refusals() throws {
    let training = try trial(workers: 2, localSteps: 1).training
    let error = #expect(throws: SolverError.self) {
      try ThreadCommunicator.run(ranks: 3) { try RankConsensus(training, samples: 203, over: $0) }
    }
    #expect(error?.description.contains("2 workers for 3 ranks") == true)
    #expect(throws: SolverError.self) {
      try RankConsensus(training, samples: 1, over: LoneRank())
    }
    let other = try RankTrial(ImplicitStochasticGradient(tau: 1, rounds: 1)).training
    #expect(throws: SolverError.self) { try RankConsensus(other, samples: 203, over: LoneRank()) }
  }
}
