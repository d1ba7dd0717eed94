import Proximal
import RealModule
import Tensors
import Testing

@testable import Lifted

@Suite struct ParameterChoiceTests {
  private let pool = WorkerPool(threads: 1)

  private func inversion() throws -> StableInversion {
    StableInversion(
      try PrimalDual(),
      until: try InversionStopRule(maximumIterations: 3000, stride: 20, gap: 0, change: 1e-7))
  }

  @Test(
    "The discrepancy principle ends with B within its accuracy of tau delta^2, from any start",
    arguments: [1e-5, 1e-2, 10], [1, 1.5])
  func discrepancy(_ start: Double, _ tau: Double) throws {
    let noise = 0.1
    let c = try InversionCase(ReLU(), samples: 3, noise: noise)
    let problem = try c.problem(InversionCase.totalVariation(), alpha: start)
    let delta = problem.noiseFidelity(noise)
    let principle = try DiscrepancyPrinciple(tau: tau, accuracy: 0.02)
    let chosen = try inversion().solve(
      problem, choosing: .discrepancy(principle, deltaSquared: delta), on: pool)
    for row in 0..<3 {
      let (report, choice) = (chosen.result.reports[row], chosen.choices[row])
      #expect(choice.outcome == .met)
      #expect(abs(report.fidelity / (tau * delta[row]) - 1) <= 0.02)
      #expect(choice.trials.last?.alpha == report.alpha && choice.deltaSquared == delta[row])
      // The largest: a little more alpha has a larger fidelity.
      let more = try inversion().solve(
        problem.rows(row..<(row + 1)).with(alpha: 1.5 * report.alpha), on: pool)
      #expect(more.reports[0].fidelity > report.fidelity)
      // And the answer is that of its alpha.
      let again = try inversion().solve(
        problem.rows(row..<(row + 1)).with(alpha: report.alpha), on: pool)
      #expect(
        distance(again.unknowns, chosen.result.unknowns.rows(row..<(row + 1))) < 2e-3)
    }
    let alphas = chosen.result.reports.map(\.alpha)
    #expect(Set(alphas).count == 3, "each row has its own")
  }

  @Test("It says why where it cannot be met")
  func unmet() throws {
    let c = try InversionCase(ReLU(), noise: 0.1)
    let problem = try c.problem(InversionCase.totalVariation())
    func outcome(_ delta: Double, _ principle: DiscrepancyPrinciple) throws -> ChoiceOutcome {
      try inversion().solve(
        problem, choosing: .discrepancy(principle, deltaSquared: [delta]), on: pool
      ).choices[0].outcome
    }
    let patient = try DiscrepancyPrinciple(maximumSolves: 40)
    #expect(try outcome(1e-12, patient) == .tooLarge)
    #expect(try outcome(1e6, patient) == .tooSmall)
    #expect(try outcome(0.05, DiscrepancyPrinciple(maximumSolves: 2)) == .maximumSolves)
    #expect(throws: SolverError.self) { try outcome(0, patient) }
    #expect(throws: SolverError.self) {
      try inversion().solve(
        problem, choosing: .discrepancy(patient, deltaSquared: [1, 1]), on: pool)
    }
  }

  @Test("The corner of an L is found where it was put; a line has none")
  func corner() {
    func trial(_ b: Double, _ j: Double, _ alpha: Double) -> AlphaTrial {
      AlphaTrial(
        InversionReport(
          alpha: alpha, value: InversionValue(fidelity: b, penalty: alpha * j, scale: 1), gap: nil,
          iterations: 0, stop: .change, history: []))
    }
    // As alpha falls B falls at the same J, then J rises at the same B.
    let bend = [(8.0, 1.0), (4, 1.1), (2, 1.2), (1, 1.3), (0.95, 4), (0.9, 16)]
    #expect(LCurve(bend.map { trial($0.0, $0.1, 1) }).corner == 3)
    let line = (0..<6).map { trial(Double.exp(-Double($0)), Double.exp(Double($0)), 1) }
    #expect(LCurve(line).corner.map { _ in true } ?? false == false)
    #expect(LCurve([trial(1, 0, 1), trial(0, 1, 1), trial(.nan, 1, 1)]).corner == nil)
  }

  @Test("L-curve and oracle choose from the path; the oracle's is the nearest to the truth")
  func pathAndOracle() throws {
    let c = try InversionCase(ReLU(), samples: 2, noise: 0.1)
    let problem = try c.problem(InversionCase.totalVariation())
    let grid = try AlphaGrid(from: 1, to: 1e-4, count: 9)
    let path = try inversion().path(problem, along: grid, on: pool)
    #expect(path.count == 9)
    for (alpha, result) in zip(grid.alphas, path) {
      let cold = try inversion().solve(problem.with(alpha: alpha), on: pool)
      #expect(distance(cold.unknowns, result.unknowns) < 5e-3)
      #expect(result.reports.allSatisfy { $0.alpha == alpha })
    }
    let oracle = try inversion().oracle(problem, along: grid, truth: c.truth, on: pool)
    let curve = try inversion().solve(problem, choosing: .lCurve(grid), on: pool)
    for row in 0..<2 {
      func error(_ u: Tensor<Double>) -> Double {
        zip(u.row(row), c.truth.row(row)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
      #expect(error(oracle.unknowns) == path.map { error($0.unknowns) }.min())
      #expect(path.contains { $0.reports[row] == oracle.reports[row] })
      #expect(curve.choices[row].outcome == .corner && curve.choices[row].trials.count == 9)
      #expect(path.contains { $0.reports[row] == curve.result.reports[row] })
    }
    #expect(throws: SolverError.self) {
      try inversion().oracle(problem, along: grid, truth: Tensor(shape: [2, 3]), on: pool)
    }
    let fixed = try inversion().solve(problem, choosing: .fixed, on: pool)
    #expect(fixed.choices.allSatisfy { $0.outcome == .given })
    #expect(fixed.result.unknowns == (try inversion().solve(problem, on: pool).unknowns))
  }

  @Test("A grid falls in geometric progression; what is out of range is refused")
  func grids() throws {
    let grid = try AlphaGrid(from: 10, to: 0.1, count: 3)
    #expect(zip(grid.alphas, [10, 1, 0.1]).allSatisfy { abs($0 - $1) < 1e-14 })
    #expect(throws: SolverError.self) { try AlphaGrid(from: 1, to: 1, count: 3) }
    #expect(throws: SolverError.self) { try AlphaGrid(from: 1, to: 0, count: 3) }
    #expect(throws: SolverError.self) { try AlphaGrid(from: .infinity, to: 1, count: 3) }
    #expect(throws: SolverError.self) { try AlphaGrid(from: 1, to: 0.1, count: 1) }
    for bad in notPositive {
      #expect(throws: SolverError.self) { try DiscrepancyPrinciple(tau: bad) }
      #expect(throws: SolverError.self) { try DiscrepancyPrinciple(accuracy: bad) }
    }
    #expect(throws: SolverError.self) { try DiscrepancyPrinciple(accuracy: 1) }
    #expect(throws: SolverError.self) { try DiscrepancyPrinciple(maximumSolves: 1) }
  }
}
