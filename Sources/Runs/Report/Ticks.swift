import Foundation

/// Round numbers to label an axis with.
enum Ticks {
  /// Multiples of 1, 2 or 5 times a power of ten inside the range, at most about `wanted` of them.
  static func linear(in range: ClosedRange<Double>, wanted: Int = 6) -> [Double] {
    let span = range.upperBound - range.lowerBound
    guard span > 0, span.isFinite else { return [range.lowerBound] }
    let step = niceStep(span / Double(max(1, wanted)))
    let first = (range.lowerBound / step - 1e-9).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    guard first <= last, last - first < 50 else { return [range.lowerBound] }
    return stride(from: first, through: last, by: 1).map { $0 * step + 0 }
  }

  /// Powers of ten inside a positive range, with 2 and 5 times them where they are few, and only
  /// every second, third, ... power where they are many.
  static func logarithmic(in range: ClosedRange<Double>) -> [Double] {
    let low = Int(log10(range.lowerBound).rounded(.down))
    let high = Int(log10(range.upperBound).rounded(.up))
    let every = max(1, (high - low + 4) / 6)
    let factors: [Double] =
      switch high - low {
      case ...2: [1, 2, 5]
      case 3: [1, 3]
      default: [1]
      }
    let all = stride(from: low, through: high, by: every).flatMap { power in
      factors.map { $0 * pow(10, Double(power)) }
    }
    let inside = all.filter {
      $0 >= range.lowerBound * (1 - 1e-9) && $0 <= range.upperBound * (1 + 1e-9)
    }
    return inside.count >= 2 ? inside : linear(in: range, wanted: 4)
  }

  private static func niceStep(_ least: Double) -> Double {
    let power = pow(10, log10(least).rounded(.down))
    let factor = [1.0, 2, 5, 10].first { $0 * power >= least * (1 - 1e-9) } ?? 10
    return factor * power
  }
}
