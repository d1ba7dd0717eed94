import Foundation
import Lifted
import Proximal
import Tensors
import Testing

@testable import Distributed

@Suite("PIAG over ranks")
struct RankPIAGTests {
  private typealias Found = (outcome: RankPIAG.Outcome<Double>, traffic: Traffic)

  private func run(
    _ solver: RankPIAG, ranks: Int, steps: Int, _ problem: LayerProblem<Double>
  ) throws -> [Found] {
    let start = try LayerCase.start(problem)
    return try ThreadCommunicator.run(ranks: ranks) { c -> Found in
      let outcome = try solver.solve(
        from: start, problem.part(c.rank, of: c.size), steps: steps, with: c,
        on: WorkerPool(threads: 1))
      return (outcome, c.traffic)
    }
  }

  @Test("One rank after another at no delay is PIAG in one process, to rounding", arguments: 1...4)
  func oneProcess(ranks: Int) throws {
    let problem = try LayerCase.problem()
    let single = try PIAG(parts: ranks, stepSize: 0.2)
    var state = single.start(from: try LayerCase.start(problem), problem, on: LayerCase.pool)
    for _ in 0..<50 { single.step(&state, problem, on: LayerCase.pool) }
    let solver = try RankPIAG(arrivals: .scheduled(period: ranks, delays: [0]), stepSize: 0.2)
    for found in try run(solver, ranks: ranks, steps: 50, problem) {
      #expect(LayerCase.distance(found.outcome.theta, state.theta) < 1e-13)
    }
  }

  @Test(
    "With the step 1/(L (2 K + 1)) it reaches the minimiser at any delay",
    arguments: [
      .scheduled(period: 1, delays: [0]), .scheduled(period: 1, delays: [4]),
      .scheduled(period: 3, delays: [0, 5, 2]), .asTheyCome(bound: 1), .asTheyCome(bound: 6),
    ] as [Arrivals])
  func converges(_ arrivals: Arrivals) throws {
    let problem = try LayerCase.problem()
    let expected = try LayerCase.minimiser(problem)
    let solver = try RankPIAG(arrivals: arrivals)
    let found = try run(solver, ranks: 3, steps: 400 * (2 * arrivals.bound + 1), problem)
    for entry in found {
      #expect(LayerCase.distance(entry.outcome.theta, expected) < 1e-6)
    }
    let age = found[0].outcome.greatestAge
    #expect(age <= arrivals.bound)
    if case .scheduled = arrivals { #expect(age == arrivals.bound) }
  }

  @Test("The step of the theory is 1/(L (2 K + 1)), L bounded by the ranks' parts")
  func step() throws {
    let problem = try LayerCase.problem()
    let solver = try RankPIAG(arrivals: .scheduled(period: 2, delays: [3]))
    let lipschitz = problem.meanLipschitz(on: LayerCase.pool)
    for found in try run(solver, ranks: 3, steps: 1, problem) {
      let ratio = found.outcome.stepSize * lipschitz * 9
      #expect(ratio <= 1 + 1e-6 && ratio > 0.5)
    }
  }

  /// The greatest eigenvalue of `1/n [X 1]^T [X 1]`, by powers.
  private func greatestEigenvalue(_ x: Tensor<Double>) -> Double {
    var v = Array(repeating: 1.0, count: x.columns + 1)
    var norm = 0.0
    for _ in 0..<3000 {
      var back = v.map { _ in 0.0 }
      for i in 0..<x.rows {
        var row = (0..<x.columns).map { x[i, $0] }
        row.append(1)
        var image = 0.0
        for j in v.indices { image += row[j] * v[j] / Double(x.rows) }
        for j in v.indices { back[j] += image * row[j] }
      }
      norm = back.reduce(0) { $0 + $1 * $1 }.squareRoot()
      v = back.map { $0 / norm }
    }
    return norm
  }

  @Test(
    "A quadratic with gradients K steps old: it converges below 2 sin(pi/(4 K + 2))/L, diverges above",
    arguments: [0, 1, 3, 8])
  func limit(delay: Int) throws {
    let problem = try LayerCase.problem(Identity(), decay: 0)
    let lipschitz = greatestEigenvalue(problem.inputs)
    let limit = 2 * sin(Double.pi / Double(4 * delay + 2)) / lipschitz
    let expected = try LayerCase.minimiser(problem)
    let steps = 3000
    func error(_ stepSize: Double) throws -> Double {
      let solver = try RankPIAG(
        arrivals: .scheduled(period: 1, delays: [delay]), stepSize: stepSize)
      return LayerCase.distance(
        try run(solver, ranks: 2, steps: steps, problem)[0].outcome.theta, expected)
    }
    #expect(try error(0.9 * limit) < 1e-6)
    #expect(!(try error(1.1 * limit) < 1e6))
    #expect(1 / (lipschitz * Double(2 * delay + 1)) < limit)
  }

  @Test("The outcome is a function of the schedule")
  func deterministic() throws {
    let problem = try LayerCase.problem()
    let solver = try RankPIAG(arrivals: .scheduled(period: 2, delays: [1, 4, 0]))
    let first = try run(solver, ranks: 3, steps: 40, problem)[0].outcome.theta
    for _ in 0..<3 {
      for found in try run(solver, ranks: 3, steps: 40, problem) {
        #expect(found.outcome.theta == first)
      }
    }
    let other = try RankPIAG(arrivals: .scheduled(period: 2, delays: [1, 3, 0]), stepSize: 0.1)
    let same = try RankPIAG(arrivals: .scheduled(period: 2, delays: [1, 4, 0]), stepSize: 0.1)
    #expect(
      try run(other, ranks: 3, steps: 40, problem)[0].outcome.theta
        != run(same, ranks: 3, steps: 40, problem)[0].outcome.theta)
  }

  @Test("Rank 0 sends N + 1 numbers a request and at the end, the others N + 1 an answer")
  func volume() throws {
    let (problem, numbers) = (try LayerCase.problem(), 6 * 3 + 3 + 1)
    let solver = try RankPIAG(arrivals: .scheduled(period: 3, delays: [2]))
    let found = try run(solver, ranks: 3, steps: 10, problem)
    // Step 0, and every third one from step p + 1 on: ranks 1 and 2 are asked at 2, 5, 8 and 3, 6, 9.
    for worker in found.dropFirst() {
      #expect(worker.outcome.answers == 4)
      #expect(worker.traffic == Traffic(messages: 1 + 4, bytes: 8 + 4 * numbers * 8))
    }
    #expect(found[0].traffic == Traffic(messages: 1 + 10, bytes: 8 + 10 * numbers * 8))
  }

  @Test("Numbers out of range are refused")
  func refusals() {
    for arrivals in [
      .scheduled(period: 0, delays: [0]), .scheduled(period: 1, delays: []),
      .scheduled(period: 1, delays: [-1]), .asTheyCome(bound: 0),
    ] as [Arrivals] {
      #expect(throws: SolverError.self) { try RankPIAG(arrivals: arrivals) }
    }
    for step in [0, -1, Double.nan, .infinity] {
      #expect(throws: SolverError.self) {
        try RankPIAG(arrivals: .asTheyCome(bound: 1), stepSize: step)
      }
    }
  }
}
