import Imaging
import Lifted

/// The tables of the perceptron.
struct PerceptronTables {
  let instance: PerceptronInstance
  let pool: WorkerPool

  private static let (moderate, small) = (0.015, 0.0015)
  private let psnr = PeakSignalToNoise(dataRange: 1)

  private func decibels(_ u: Tensor<Float>) -> String {
    "\((psnr(u, reference: instance.truth)[0] * 100).rounded() / 100)"
  }

  /// What is set to 0 beside negative numbers.
  private enum Zeroing { case none, two, universal }

  private func problem(
    _ measured: MeasuredPerceptron, alpha: Double, zeroing: Zeroing = .universal
  ) throws -> LayerInversion<Float> {
    let preparation =
      switch zeroing {
      case .none: try MeasurementPreparation()
      case .two: try MeasurementPreparation(noise: measured.deviation, deviations: 2)
      case .universal: try MeasurementPreparation(noise: measured.deviation)
      }
    let f = preparation.prepare(measured.raw, for: measured.layer.activation).measurements
    // Weights, offsets and measurements are normalised already.
    return try LayerInversion(
      measured.layer, theta: measured.theta, measurements: f,
      InputPenalty(alpha: alpha, TotalVariation(instance.shape)), normalisation: .sum, on: pool)
  }

  private func inversion(_ iterations: Int = 2000) throws -> StableInversion {
    let rule = try InversionStopRule(
      maximumIterations: iterations, stride: 25, gap: 0, change: 2e-5)
    return StableInversion(try PrimalDual(), until: rule)
  }

  /// Cases x PSNR: answer, polished, and least squares by back-propagation.
  func quality() throws -> [[String]] {
    var rows = [
      ["case", "active", "alpha", "iterations", "B", "answer", "polished", "groups", "back-prop"]
    ]
    let cases: [(PerceptronCase, [Double], Zeroing)] = [
      (PerceptronCase(name: "no noise"), [Self.moderate, Self.small], .universal),
      (PerceptronCase(name: "1 % noise", noise: 0.01), [Self.moderate], .universal),
      (PerceptronCase(name: "1 % noise, zeroed at 2 s", noise: 0.01), [Self.moderate], .two),
      (PerceptronCase(name: "1 % noise, clipped only", noise: 0.01), [Self.moderate], .none),
      (PerceptronCase(name: "5 % noise", noise: 0.05), [0.05], .universal),
      (PerceptronCase(name: "mostly dead", isMostlyDead: true), [Self.small], .universal),
    ]
    for (setting, alphas, zeroing) in cases {
      let measured = try instance.measured(setting)
      let baseline = try LeastSquaresBaseline(iterations: 2000).solve(measured, ReLU(), on: pool)
      for alpha in alphas {
        let problem = try problem(measured, alpha: alpha, zeroing: zeroing)
        let result = try inversion(4000).solve(problem, on: pool)
        let polished = try LeastSquaresPolish().polish(result.unknowns, of: problem, on: pool)
        let (report, polish) = (result.reports[0], polished.reports[0])
        rows.append([
          setting.name, "\(Int((measured.activeFraction * 100).rounded())) %", "\(alpha)",
          "\(report.iterations)", Figures.short(report.fidelity), decibels(result.unknowns),
          polish.isAccepted ? decibels(polished.unknowns) : "kept", "\(polish.groups)",
          decibels(baseline),
        ])
      }
    }
    return rows
  }

  /// The choices of `alpha` at 1 % noise.
  func choices() throws -> [[String]] {
    let measured = try instance.measured(PerceptronCase(name: "", noise: 0.01))
    let problem = try problem(measured, alpha: Self.moderate)
    let delta = problem.noiseFidelity(measured.deviation)
    let grid = try AlphaGrid(from: 0.3, to: 3e-4, count: 13)
    let inversion = try inversion(1000)
    var rows = [["choice", "alpha", "B / delta^2", "solves", "answer", "polished", "outcome"]]
    func add(_ name: String, _ result: InversionResult<Float>, _ solves: Int, _ end: String) throws
    {
      let (report, u) = (result.reports[0], result.unknowns)
      let polished = try LeastSquaresPolish().polish(
        u, of: problem.with(alpha: report.alpha), on: pool)
      rows.append([
        name, Figures.short(report.alpha), Figures.factor(report.fidelity / delta[0]), "\(solves)",
        decibels(u), polished.reports[0].isAccepted ? decibels(polished.unknowns) : "kept", end,
      ])
    }
    let principle = ParameterChoice.discrepancy(try DiscrepancyPrinciple(), deltaSquared: delta)
    for (name, choice) in [("discrepancy", principle), ("L-curve", .lCurve(grid))] {
      let chosen = try inversion.solve(problem, choosing: choice, on: pool)
      try add(
        name, chosen.result, chosen.choices[0].trials.count, chosen.choices[0].outcome.rawValue)
    }
    let oracle = try inversion.oracle(problem, along: grid, truth: instance.truth, on: pool)
    try add("oracle, knows the truth", oracle, grid.alphas.count, "")
    for (name, solver, alpha) in [
      ("Bregman iterations", try BregmanIteration(PrimalDual(), innerIterations: 200), 0.15),
      ("Landweber", Landweber(), Self.moderate),
    ] as [(String, any InversionSolver, Double)] {
      let rule = try InversionStopRule(
        maximumIterations: 3000, stride: 1, change: 0, fidelity: delta[0])
      let result = try StableInversion(solver, until: rule).solve(
        problem.with(alpha: alpha), on: pool)
      try add(name, result, result.reports[0].iterations, result.reports[0].stop.rawValue)
    }
    return rows
  }

  /// Iterations of each solver to 1 % above the least objective that is known.
  func iterations() throws -> [[String]] {
    let measured = try instance.measured(PerceptronCase(name: ""))
    let solvers: [(String, any InversionSolver, Int)] = [
      ("primal-dual", try PrimalDual(), 600),
      ("primal-dual, no relaxation", try PrimalDual(stride: 0.05, share: 0.5, relaxation: 1), 1200),
      ("FISTA, 10 inner steps", FISTA(), 600),
      ("ADMM, 8 inner steps", try SplitADMM(), 300),
      ("Condat-Vu", CondatVu(), 3000),
    ]
    let alphas = [Self.moderate, Self.small]
    let problems = try alphas.map { try problem(measured, alpha: $0) }
    let least = try problems.map { problem in
      let rule = try InversionStopRule(maximumIterations: 6000, stride: 50, gap: 0, change: 0)
      return try StableInversion(PrimalDual(), until: rule).solve(problem, on: pool)
        .reports[0].history.map(\.objective).min() ?? .nan
    }
    var rows = [["solver"] + alphas.map { "alpha \($0)" }]
    for (name, solver, most) in solvers {
      let cells = try zip(problems, least).map { problem, least in
        let rule = try InversionStopRule(maximumIterations: most, stride: 1, gap: 0, change: 0)
        let history = try StableInversion(solver, until: rule).solve(problem, on: pool)
          .reports[0].history
        let found = history.first { $0.objective <= 1.01 * least }
        return found.map { "\($0.iteration)" } ?? "> \(most)"
      }
      rows.append([name] + cells)
    }
    return rows
  }
}
