import Lifted
import Tensors
import Testing

@testable import Distributed

@Suite("Consensus ADMM over ranks")
struct ConsensusRanksTests {
  private typealias Found = (theta: [Tensor<Double>], disagreement: Double, traffic: Traffic)

  private func run(_ solver: ConsensusADMM, ranks: Int, rounds: Int) throws -> [Found] {
    let problem = try LayerCase.problem()
    let start = try LayerCase.start(problem)
    return try ThreadCommunicator.run(ranks: ranks) { c -> Found in
      let pool = WorkerPool(threads: 1)
      let part = problem.part(c.rank, of: c.size)
      var state = try solver.start(from: start, part, with: c, on: pool)
      for _ in 0..<rounds { try solver.round(&state, part, with: c, on: pool) }
      #expect(state.rounds == rounds)
      return (state.theta, state.disagreement, c.traffic)
    }
  }

  @Test(
    "As the workers of one process, to rounding, with and without a given rho", arguments: 1...4)
  func oneProcess(ranks: Int) throws {
    let problem = try LayerCase.problem()
    for rho in [nil, 0.3] {
      let solver = try ConsensusADMM(workers: ranks, rho: rho, localSteps: 3)
      var state = solver.start(from: try LayerCase.start(problem), problem, on: LayerCase.pool)
      for _ in 0..<20 { solver.round(&state, problem, on: LayerCase.pool) }
      for found in try run(solver, ranks: ranks, rounds: 20) {
        #expect(LayerCase.distance(found.theta, state.theta) < 1e-13)
        #expect(found.disagreement <= state.disagreement + 1e-13)
      }
    }
  }

  @Test("It reaches the minimiser, and all ranks agree")
  func converges() throws {
    let expected = try LayerCase.minimiser(try LayerCase.problem())
    for found in try run(try ConsensusADMM(workers: 3), ranks: 3, rounds: 1500) {
      #expect(LayerCase.distance(found.theta, expected) < 1e-8)
      #expect(found.disagreement < 1e-8)
    }
  }

  @Test("A rank gives away N + 1 numbers a round whatever the local steps, and one at the start")
  func volume() throws {
    for localSteps in [1, 9] {
      let solver = try ConsensusADMM(workers: 3, localSteps: localSteps)
      for found in try run(solver, ranks: 3, rounds: 7) {
        #expect(found.traffic == Traffic(messages: 1 + 7, bytes: 8 + 7 * (6 * 3 + 3 + 1) * 8))
      }
    }
  }

  @Test("Another number of ranks than workers is refused")
  func refusal() throws {
    #expect(throws: CommunicationError.self) {
      try run(try ConsensusADMM(workers: 2), ranks: 3, rounds: 1)
    }
  }
}
