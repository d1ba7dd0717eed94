import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct InversionStopTests {
  private let pool = WorkerPool(threads: 1)

  private func report(
    _ solver: any InversionSolver, _ rule: InversionStopRule, _ j: any Regulariser = Tikhonov(),
    from start: Tensor<Double>? = nil
  ) throws -> InversionReport {
    let problem = try InversionCase().problem(j, alpha: 0.05)
    return try StableInversion(solver, until: rule).solve(problem, from: start, on: pool).reports[0]
  }

  @Test("Each rule stops, and says so")
  func stops() throws {
    let most = try report(
      FISTA(), InversionStopRule(maximumIterations: 7, stride: 3, gap: 0, change: 0))
    #expect(most.stop == .maximumIterations && most.iterations == 7)
    #expect(most.history.map(\.iteration) == [0, 3, 6, 7])

    let gap = try report(FISTA(), InversionStopRule(gap: 1e-3, change: 0))
    #expect(gap.stop == .gap && (gap.gap ?? 1) <= 1e-3 * gap.objective)
    #expect(gap.history.dropLast().allSatisfy { ($0.gap ?? 0) > 1e-3 * $0.objective })

    let calm = try report(FISTA(), InversionStopRule(gap: 0, tolerance: 1e-6, change: 0))
    #expect(calm.stop == .tolerance)
    let last = calm.history.suffix(3).map(\.objective)
    #expect(zip(last, last.dropFirst()).allSatisfy { abs($0 - $1) <= 1e-6 * $1 })

    let still = try report(FISTA(), InversionStopRule(gap: 0, change: 1e-4))
    #expect(still.stop == .change && still.history.last.map(\.change) ?? 1 <= 1e-4)

    let early = try report(
      Landweber(), InversionStopRule(stride: 1, gap: 0, change: 0, fidelity: 0.05))
    #expect(early.stop == .fidelity && early.fidelity <= 0.05)
    #expect(early.history.dropLast().allSatisfy { $0.fidelity > 0.05 })
    #expect(early.gap == nil, "Landweber does not minimise")
  }

  @Test("A start that is not finite is reported at once")
  func notFinite() throws {
    var start = Tensor<Double>(shape: [1, InversionCase.inputs])
    start[0, 2] = .nan
    let found = try report(FISTA(), InversionStopRule(), from: start)
    #expect(found.stop == .notFinite && found.iterations == 0)
    #expect(!found.stop.hasConverged)
  }

  @Test("Rules out of range are refused", arguments: [-1, .nan, .infinity])
  func refusals(_ bad: Double) {
    #expect(throws: SolverError.self) { try InversionStopRule(gap: bad) }
    #expect(throws: SolverError.self) { try InversionStopRule(tolerance: bad) }
    #expect(throws: SolverError.self) { try InversionStopRule(change: bad) }
    #expect(throws: SolverError.self) { try InversionStopRule(fidelity: bad) }
    #expect(throws: SolverError.self) { try InversionStopRule(maximumIterations: 0) }
    #expect(throws: SolverError.self) { try InversionStopRule(stride: 0) }
  }

  @Test("Bregman iterations come back to the measurements, the first being the variational answer")
  func bregman() throws {
    let problem = try InversionCase(ReLU(), noise: 0).problem(
      InversionCase.totalVariation(), alpha: 0.05)
    let variational = try StableInversion.fixed(PrimalDual(), 3000).solve(problem, on: pool)
    let solver = try BregmanIteration(PrimalDual(), innerIterations: 3000)
    let once = try StableInversion.fixed(solver, 1).solve(problem, on: pool)
    #expect(distance(once.unknowns, variational.unknowns) < 1e-12)
    let often = try StableInversion.fixed(solver, 8, stride: 1).solve(problem, on: pool)
    let fidelities = often.reports[0].history.dropFirst().map(\.fidelity)
    #expect(zip(fidelities, fidelities.dropFirst()).allSatisfy { $1 <= $0 + 1e-12 })
    #expect(fidelities[7] < 0.05 * fidelities[0])
  }
}
