import Foundation
import Lifted
import Runs

/// Backtracking against the best of a grid of fixed steps, chosen afterwards.
struct BacktrackingRates {
  private static let budgets = [20, 50]
  private static let powers = -6...6

  /// The table, and the curves of backtracking.
  static func section(_ problems: [RateProblem]) throws -> FigurePage.Section {
    let comparisons = try problems.map { try Comparison($0) }
    return FigurePage.Section(
      title: "Backtracking against the best fixed step",
      text:
        "Fixed steps of 2^-6 to 2^6 times 1/L (MAC has no L: times 1). The gap that the best of "
        + "them reaches in so many iterations, and how many backtracking takes to the same gap; the "
        + "gap is that to the least energy of all \(longest)-step runs.",
      table: [["block", "iterations", "best step", "gap", "backtracking", "ratio"]]
        + comparisons.flatMap(\.rows),
      axes: (y: "gap under backtracking", x: "iterations"), curves: comparisons.map(\.curve))
  }

  /// The longest runs.
  private static let longest = 3 * (budgets.max() ?? 0)

  private struct Comparison {
    private let name: String
    private let fixed: [(factor: Double, gaps: [Double])]
    private let found: [Double]

    init(_ problem: RateProblem) throws {
      func path(_ solver: any BlockSolver) throws -> [Double] {
        try problem.values(solver, rounds: longest).map { $0.isFinite ? $0 : .infinity }
      }
      let factors = powers.map { pow(2, Double($0)) }
      let paths = try factors.map { try path(FixedStep(factor: $0)) }
      let own = try path(Backtracking())
      let least = ([own] + paths).compactMap { $0.min() }.min() ?? 0
      name = problem.name
      fixed = zip(factors, paths).map { factor, path in (factor, path.map { $0 - least }) }
      found = own.map { $0 - least }
    }

    /// A row for each budget.
    var rows: [[String]] {
      budgets.compactMap { budget in
        guard let best = fixed.min(by: { $0.gaps[budget] < $1.gaps[budget] }) else { return nil }
        let needed = found.firstIndex { $0 <= best.gaps[budget] }
        return [
          name, "\(budget)", Figures.factor(best.factor), Figures.short(best.gaps[budget]),
          needed.map { "\($0)" } ?? "more than \(longest)",
          needed.map { Figures.factor(Double($0) / Double(budget)) } ?? "none",
        ]
      }
    }

    var curve: FigurePage.Curve {
      .init(name, found.enumerated().map { (x: Double($0), y: $1) }.filter { $0.y > 1e-15 })
    }
  }
}
