import Lifted

/// How the weight `alpha` of the regulariser is found, as a recipe writes it: a number, `auto`, or
/// `{rule: lCurve, from: 1, to: 1e-4}`.
public enum AlphaRecipe: Sendable, Equatable {
  /// As given, `> 0`.
  case fixed(Double)
  /// The largest at which the fidelity is `tau` times what the noise explains; `auto`.
  case discrepancy(tau: Double)
  /// The corner of the L-curve over a falling grid.
  case lCurve(Grid)
  /// The one of a grid that comes nearest to the truth; for studies only.
  case oracle(Grid)

  /// Weights in geometric progression, `from > to > 0`.
  public struct Grid: Sendable, Equatable {
    /// The largest.
    public let from: Double
    /// The smallest.
    public let to: Double
    /// How many.
    public let points: Int

    init(_ reader: inout StrictReader) throws {
      (from, to) = (try reader.optional("from") ?? 1, try reader.optional("to") ?? 1e-5)
      points = try reader.optional("points") ?? 16
      try reader.require(points, in: 5...1000, "points")
      let grid = self
      _ = try reader.checked("from") { try grid.alphas }
      for (key, value) in [("from", from), ("to", to)]
      where !AlphaRecipe.admissible.contains(value) {
        throw reader.error(key, "\(value) is out of range; it must be from 1e-30 to 1e30")
      }
    }

    var alphas: AlphaGrid {
      get throws(SolverError) { try AlphaGrid(from: from, to: to, count: points) }
    }
  }

  private enum Rule: String, CaseIterable { case discrepancy, lCurve, oracle }
  private static let auto = "auto"
  /// What does not vanish, or grow beyond all bounds, in `Float`.
  fileprivate static let admissible = 1e-30...1e30

  /// Where a search starts.
  var start: Double { if case .fixed(let alpha) = self { alpha } else { 1e-2 } }
}

extension AlphaRecipe: Codable {
  public init(from decoder: any Decoder) throws {
    let single = try? decoder.singleValueContainer()
    func refuse(_ problem: String) -> DecodingError {
      .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: problem))
    }
    if let number = try? single?.decode(Double.self) {
      guard Self.admissible.contains(number) else {
        throw refuse("\(number) is out of range; it must be from 1e-30 to 1e30")
      }
      self = .fixed(number)
    } else if let word = try? single?.decode(String.self) {
      guard word == Self.auto else {
        throw refuse("'\(word)' is neither a number nor '\(Self.auto)' nor {rule: …}")
      }
      self = .discrepancy(tau: 1)
    } else {
      var reader = try StrictReader(decoder)
      switch try reader.requiredChoice("rule", as: Rule.self) {
      case .discrepancy:
        let tau = try reader.optional("tau") ?? 1.0
        _ = try reader.checked("tau") { try DiscrepancyPrinciple(tau: tau) }
        self = .discrepancy(tau: tau)
      case .lCurve: self = .lCurve(try Grid(&reader))
      case .oracle: self = .oracle(try Grid(&reader))
      }
      try reader.finish()
    }
  }

  public func encode(to encoder: any Encoder) throws {
    if case .fixed(let alpha) = self {
      var container = encoder.singleValueContainer()
      return try container.encode(alpha)
    }
    var writer = RecipeWriter(encoder)
    func write(_ rule: Rule, _ grid: Grid) throws {
      try writer.write(rule.rawValue, "rule")
      try writer.write(grid.from, "from")
      try writer.write(grid.to, "to")
      try writer.write(grid.points, "points")
    }
    switch self {
    case .fixed: break
    case .discrepancy(let tau):
      try writer.write(Rule.discrepancy.rawValue, "rule")
      try writer.write(tau, "tau")
    case .lCurve(let grid): try write(.lCurve, grid)
    case .oracle(let grid): try write(.oracle, grid)
    }
  }
}
