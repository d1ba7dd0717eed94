import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct InversionSolverTests {
  private let pool = WorkerPool(threads: 1)

  private static let iterations: [KnownSolver: Int] = [
    .primalDual: 4000, .fista: 3000, .admm: 2000, .condatVu: 20_000,
  ]

  @Test(
    "All solvers reach the same objective", arguments: KnownRegulariser.allCases,
    [0, 1])
  func agreement(_ known: KnownRegulariser, _ index: Int) throws {
    let c = try InversionCase(index == 0 ? ReLU() : Tanh(), samples: 2)
    let problem = try c.problem(known.make(), alpha: 0.02)
    let objectives = try KnownSolver.allCases.map { solver in
      try StableInversion.fixed(solver.make(), Self.iterations[solver] ?? 0, stride: 1000)
        .solve(problem, on: pool).reports.map(\.objective)
    }
    for row in 0..<2 {
      let least = objectives.map { $0[row] }.min() ?? .nan
      for (solver, found) in zip(KnownSolver.allCases, objectives) {
        #expect(found[row] - least <= 1e-6 * least, "\(solver): \(found[row] - least) of \(least)")
      }
    }
  }

  @Test(
    "At the answer the gap that is reported vanishes, and before it bounds the objective's excess",
    arguments: [KnownRegulariser.tikhonov, .l1, .box], [0, 1])
  func gaps(_ known: KnownRegulariser, _ index: Int) throws {
    let c = try InversionCase(index == 0 ? ReLU() : Tanh(), samples: 2)
    let problem = try c.problem(known.make(), alpha: 0.02)
    let result = try StableInversion.fixed(FISTA(), 3000, stride: 5).solve(problem, on: pool)
    for report in result.reports {
      #expect(try #require(report.gap) <= 1e-9 * report.objective)
      for record in report.history {
        let gap = try #require(record.gap)
        #expect(record.objective - report.objective <= gap + 1e-12)
      }
    }
  }

  @Test("Total variation's gap bounds the excess and vanishes", arguments: [0, 1])
  func variationGap(_ index: Int) throws {
    let c = try InversionCase(index == 0 ? ReLU() : Tanh(), samples: 2)
    let problem = try c.problem(InversionCase.totalVariation(), alpha: 0.02)
    let best = try StableInversion.fixed(PrimalDual(), 6000).solve(problem, on: pool)
    for solver in [try PrimalDual(), try SplitADMM(), CondatVu()] as [any InversionSolver] {
      let rule = try InversionStopRule(maximumIterations: 2000, stride: 20, gap: 1e-13, change: 0)
      let result = try StableInversion(solver, until: rule).solve(problem, on: pool)
      for (row, report) in result.reports.enumerated() {
        for record in report.history {
          guard let gap = record.gap else { continue }
          #expect(record.objective - best.reports[row].objective <= gap + 1e-12)
        }
        let least = report.history.compactMap(\.gap).min() ?? .infinity
        #expect(least <= 1e-3 * report.objective || solver is SplitADMM, "\(solver) \(least)")
      }
    }
    let rule = try InversionStopRule(maximumIterations: 3000, gap: 0.01, change: 0)
    let ended = try StableInversion(PrimalDual(), until: rule).solve(problem, on: pool)
    #expect(ended.reports.allSatisfy { $0.stop == .gap })
  }

  @Test("A subgradient of J belongs to the answer: Tikhonov's is the answer itself")
  func optimality() throws {
    let c = try InversionCase(Tanh(), samples: 2)
    let problem = try c.problem(Tikhonov(), alpha: 0.05)
    let u = try StableInversion.fixed(PrimalDual(), 2000).solve(problem, on: pool).unknowns
    #expect(distance(problem.subgradient(at: u, on: pool), u) < 1e-9)
  }

  @Test("ADMM's multiplier is the residual: rho a = c (sigma(z) - f)")
  func multiplier() throws {
    let c = try InversionCase(ReLU())
    let problem = try c.problem(Tikhonov(), alpha: 0.05)
    let solver = try SplitADMM()
    var state = solver.start(problem, from: Tensor(shape: [1, InversionCase.inputs]), on: pool)
    for _ in 0..<2000 { solver.step(&state, problem, on: pool) }
    var residual = problem.output(at: state.u, on: pool)
    residual.combine(1, -1, c.measurements)
    #expect(distance(state.split[1], residual) < 1e-8)
  }

  @Test("A row does not depend on the others", arguments: KnownSolver.allCases)
  func rows(_ solver: KnownSolver) throws {
    let c = try InversionCase(ReLU(), samples: 3)
    let problem = try c.problem(KnownRegulariser.boxedTotalVariation.make())
    let rule = try InversionStopRule(maximumIterations: 400, change: 1e-3)
    let inversion = StableInversion(try solver.make(), until: rule)
    let together = try inversion.solve(problem, on: pool)
    for row in 0..<3 {
      let alone = try inversion.solve(problem.rows(row..<(row + 1)), on: pool)
      #expect(distance(alone.unknowns, together.unknowns.rows(row..<(row + 1))) < 1e-10)
      #expect(alone.reports[0].iterations == together.reports[row].iterations)
    }
  }

  @Test(
    "The same bits with 1, 2 and 4 threads", arguments: KnownSolver.allCases,
    [KnownRegulariser.l1, .boxedTotalVariation])
  func threads(_ solver: KnownSolver, _ known: KnownRegulariser) throws {
    let c = try InversionCase(ReLU(), samples: 3)
    let problem = try c.problem(known.make())
    let answers = try [1, 2, 4].map {
      try StableInversion.fixed(solver.make(), 60).solve(problem, on: WorkerPool(threads: $0))
    }
    #expect(answers.allSatisfy { $0.unknowns == answers[0].unknowns })
    #expect(answers.allSatisfy { $0.reports == answers[0].reports })
  }

  @Test("Steps one by one are those of a solve; a warm start is nearer")
  func stepping() throws {
    let problem = try InversionCase().problem(InversionCase.totalVariation())
    let solver = try PrimalDual()
    let zero = Tensor<Double>(shape: [1, InversionCase.inputs])
    var state = solver.start(problem, from: zero, on: pool)
    for _ in 0..<37 { solver.step(&state, problem, on: pool) }
    let solved = try StableInversion.fixed(solver, 37, stride: 5).solve(problem, on: pool)
    #expect(state.u == solved.unknowns && state.iterations == 37)

    let best = try StableInversion.fixed(solver, 4000).solve(problem, on: pool).unknowns
    let near = try problem.with(alpha: 0.011)
    var warm = state
    for _ in 0..<3000 { solver.step(&warm, near, on: pool) }
    for _ in 0..<20 { solver.step(&warm, problem, on: pool) }
    var cold = solver.start(problem, from: zero, on: pool)
    for _ in 0..<20 { solver.step(&cold, problem, on: pool) }
    #expect(distance(warm.u, best) < 0.5 * distance(cold.u, best))
  }

  @Test("Every option changes the path")
  func options() throws {
    let problem = try InversionCase().problem(InversionCase.totalVariation())
    func after(_ solver: any InversionSolver) throws -> Tensor<Double> {
      try StableInversion.fixed(solver, 30).solve(problem, on: pool).unknowns
    }
    let pairs: [(any InversionSolver, any InversionSolver)] = [
      (try PrimalDual(), try PrimalDual(stride: 0.05)),
      (try PrimalDual(), try PrimalDual(share: 0.5)),
      (try PrimalDual(), try PrimalDual(relaxation: 1)),
      (FISTA(), FISTA(restarts: false)),
      (try SplitADMM(), try SplitADMM(steps: 1)),
      (try SplitADMM(), try SplitADMM(stride: 0.2)),
      (
        try BregmanIteration(FISTA(), innerIterations: 2),
        try BregmanIteration(FISTA(), innerIterations: 3)
      ),
      (try BregmanIteration(FISTA(), innerIterations: 2), Landweber()),
    ]
    for (a, b) in pairs { #expect(try after(a) != after(b), "\(a) \(b)") }
  }

  @Test("Options out of range are refused", arguments: notPositive)
  func refusals(_ bad: Double) {
    #expect(throws: SolverError.self) { try PrimalDual(stride: bad) }
    #expect(throws: SolverError.self) { try PrimalDual(share: bad) }
    #expect(throws: SolverError.self) { try PrimalDual(relaxation: bad) }
    #expect(throws: SolverError.self) { try PrimalDual(relaxation: 2) }
    #expect(throws: SolverError.self) { try SplitADMM(steps: 0) }
    #expect(throws: SolverError.self) { try SplitADMM(stride: bad) }
    #expect(throws: SolverError.self) { try BregmanIteration(FISTA(), innerIterations: 0) }
    #expect(throws: SolverError.self) { try BregmanIteration(Landweber(), innerIterations: 1) }
    #expect(throws: SolverError.self) {
      let problem = try InversionCase().problem(Tikhonov())
      return try StableInversion.fixed(FISTA(), 1).solve(
        problem, from: Tensor(shape: [1, 3]), on: pool)
    }
  }
}
