import Foundation
import Lifted
import Runs

/// How fast the gap of a strongly convex block closes, against what theory promises.
struct VariableRates {
  private static let counts = Array(1...40) + Array(stride(from: 45, through: 300, by: 5))

  /// The table and the curves for one problem.
  static func section(_ problem: RateProblem) throws -> FigurePage.Section {
    let ratio = problem.energy.weights[0] / (1.05 * problem.squaredNorm())
    let root = (ratio / (1 + ratio)).squareRoot()
    let plain = try counts.map { try problem.value(variables: ProximalGradient(steps: $0)) }
    let fast = try counts.map { try problem.value(variables: AcceleratedGradient(steps: $0)) }
    let least = try min(
      problem.value(variables: RestartedNesterov(steps: 1500)),
      (plain + fast).min() ?? .infinity)
    let rows = [
      ("proximal gradient", plain, 1 / (1 + ratio)), ("accelerated gradient", fast, 1 - root),
    ].map { name, values, bound in
      [name, Figures.factor(factor(values, least)), Figures.factor(bound)]
    }
    return FigurePage.Section(
      title: problem.name + ": factor of the gap in each step",
      text: "mu/L = \(Figures.short(ratio)), so that sqrt q = \(Figures.short(root)). The measured "
        + "factor is the gap's geometric mean; theory promises the last column or less.",
      table: [["", "measured", "promised"]] + rows,
      axes: (y: "gap", x: "steps"),
      curves: [
        curve("proximal gradient", plain, least), curve("accelerated gradient", fast, least),
      ]
        + [bound("(1 - sqrt q)^k", from: fast[0] - least, 1 - root)])
  }

  /// The mean factor from the first step to the last one whose gap is more than rounding.
  private static func factor(_ values: [Double], _ least: Double) -> Double {
    let gaps = values.map { $0 - least }
    let last = gaps.lastIndex { $0 > 1e-11 * abs(least) } ?? 0
    guard last > 0 else { return .nan }
    return pow(gaps[last] / gaps[0], 1 / Double(counts[last] - counts[0]))
  }

  private static func curve(
    _ name: String, _ values: [Double], _ least: Double
  ) -> FigurePage.Curve {
    let points = zip(counts, values).map { (x: Double($0), y: $1 - least) }
    return .init(name, points.filter { $0.y > 1e-13 * abs(least) })
  }

  private static func bound(
    _ name: String, from gap: Double, _ factor: Double
  ) -> FigurePage.Curve {
    .init(
      name, counts.map { (x: Double($0), y: gap * pow(factor, Double($0 - 1))) }, isDashed: true)
  }
}
