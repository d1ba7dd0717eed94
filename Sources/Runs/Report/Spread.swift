import Foundation

/// A figure over seeds.
struct Spread: Equatable {
  let mean: Double
  let least: Double
  let greatest: Double
  let count: Int

  /// Nil if there is no value, or one that is not finite.
  init?(_ values: [Double]) {
    guard let least = values.min(), let greatest = values.max(),
      values.allSatisfy(\.isFinite)
    else { return nil }
    // Rounding must not carry a mean of equal values out of their range.
    let mean = values.reduce(0, +) / Double(values.count)
    (self.least, self.greatest, count) = (least, greatest, values.count)
    self.mean = min(max(mean, least), greatest)
  }

  /// Those whose range over seeds overlaps with that of the best mean; none of a single value.
  static func leaders(_ spreads: [Spread], _ order: FigureOrder) -> [Spread] {
    guard spreads.count > 1 else { return [] }
    let best = spreads.min { order.isBetter($0.mean, than: $1.mean) }
    return spreads.filter { spread in best.map(spread.overlaps) ?? false }
  }

  /// Whether the ranges have a value in common.
  func overlaps(_ other: Spread) -> Bool { least <= other.greatest && other.least <= greatest }
}
