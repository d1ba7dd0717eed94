import Lifted

import Runs

/// How fast each solver of weights closes the gap to the minimum.
struct WeightRates {
  private static let solvers:
    [(name: String, make: @Sendable (Int) throws -> any ParameterSolver)] = [
      ("proximal gradient", { try ProximalGradient(steps: $0) }),
      ("accelerated gradient", { try AcceleratedGradient(steps: $0) }),
      ("restarted Nesterov", { try RestartedNesterov(steps: $0) }),
      ("heavy ball", { try HeavyBall(steps: $0) }),
      ("backtracking", { try Backtracking(steps: $0) }),
      ("majorise", { try Majorise(tau: 1e6, steps: $0) }),
      ("accelerated majorise", { try AcceleratedMajorise(tau: 1e6, steps: $0) }),
    ]
  private static let counts = [1, 2, 3, 5, 7, 10, 14, 20, 28, 40, 56, 75, 100]
  private static let shown = [1, 5, 20, 100]

  /// The table and the curves for one problem.
  static func section(_ problem: RateProblem) throws -> FigurePage.Section {
    let paths = try solvers.map { solver in
      try counts.map { try problem.value(parameters: solver.make($0)) }
    }
    let settled = try problem.value(parameters: AcceleratedMajorise(tau: 1e6, steps: 1500))
    let least = min(settled, paths.joined().min() ?? settled)
    let gaps = paths.map { $0.map { $0 - least } }
    let rows = zip(solvers, gaps).map { solver, gaps in
      [solver.name]
        + shown.map { k in
          counts.firstIndex(of: k).map { Figures.short(gaps[$0]) } ?? ""
        }
    }
    return FigurePage.Section(
      title: problem.name + ": gap to the minimum",
      text: "A layer of 30 outputs and 60 inputs that are not negative, 400 samples; energy minus "
        + "its minimum \(Figures.short(least)) after so many iterations.",
      table: [["iterations"] + shown.map(String.init)] + rows,
      axes: (y: "gap", x: "iterations"),
      curves: zip(solvers, gaps).map { solver, gaps in
        .init(solver.name, zip(counts, gaps).map { (x: Double($0), y: $1) })
      })
  }
}
