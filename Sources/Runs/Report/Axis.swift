import Foundation

/// One axis of a chart: what it covers, how, and where its labels stand.
struct Axis {
  /// How values are laid out.
  enum Scale {
    case linear
    case logarithmic
    /// Logarithmic when all values are positive and the largest is 20 times the smallest or more.
    case automatic
  }

  /// How labels are written.
  enum Format {
    case number
    case percent
    case whole
  }

  /// Values beyond this size, or positive ones below its inverse on a logarithmic axis, are not shown.
  static let largest = 1e150

  /// What the axis covers.
  let range: ClosedRange<Double>
  /// Whether equal ratios take equal lengths.
  let isLogarithmic: Bool
  /// Values that are labelled.
  let ticks: [Double]
  private let format: Format

  /// An axis over the finite ones of the values (on a logarithmic scale the positive ones); nil if
  /// there are none.
  /// - Parameter margin: fraction of the span left free at both ends.
  init?(covering values: [Double], scale: Scale, format: Format, margin: Double) {
    let finite = values.filter { abs($0) <= Self.largest }
    let positive = finite.filter { $0 >= 1 / Self.largest }
    let spread = (positive.max() ?? 1) / (positive.min() ?? 1)
    isLogarithmic =
      switch scale {
      case .linear: false
      case .logarithmic: !positive.isEmpty
      case .automatic: positive.count == finite.count && spread >= 20 && spread.isFinite
      }
    let used = isLogarithmic ? positive.map(log10) : finite
    guard let low = used.min(), let high = used.max(), (high - low).isFinite else { return nil }
    let span = high > low ? (high - low) * margin : max(abs(low) * 0.05, 1e-3)
    let isInside = format == .percent && finite.allSatisfy { (0...1).contains($0) }
    let limits = isInside ? max(0, low - span)...min(1, high + span) : (low - span)...(high + span)
    range = isLogarithmic ? pow(10, limits.lowerBound)...pow(10, limits.upperBound) : limits
    self.format = format
    let all = isLogarithmic ? Ticks.logarithmic(in: range) : Ticks.linear(in: range)
    ticks = format == .whole ? all.filter { $0 == $0.rounded() } : all
  }

  /// The place of a value, 0 at the axis's start and 1 at its end; nil if it cannot be shown.
  func place(of value: Double) -> Double? {
    guard abs(value) <= Self.largest, !isLogarithmic || value >= 1 / Self.largest else {
      return nil
    }
    let (low, high) = (position(range.lowerBound), position(range.upperBound))
    return high > low ? (position(value) - low) / (high - low) : 0.5
  }

  /// The label of a tick: `0.05`, `85 %`, `20 k`, `1e-6`.
  func label(_ tick: Double) -> String {
    let value = format == .percent ? tick * 100 : tick
    let text: String
    switch abs(value) {
    case 1e9...: text = Self.trimmed(value / 1e9) + "\u{202F}G"
    case 1e6...: text = Self.trimmed(value / 1e6) + "\u{202F}M"
    case 1e4...: text = Self.trimmed(value / 1e3) + "\u{202F}k"
    default: text = decimals.map { String(format: "%.*f", $0, value) } ?? Self.trimmed(value)
    }
    return (text + (format == .percent ? "\u{202F}%" : "")).replacing("-", with: "\u{2212}")
  }

  /// Decimals that all labels of a linear axis share; nil where each has its own.
  private var decimals: Int? {
    guard !isLogarithmic, ticks.count > 1 else { return nil }
    let step = (ticks[1] - ticks[0]) * (format == .percent ? 100 : 1)
    guard step >= 0.99e-5 else { return nil }
    return max(0, -Int((log10(step) + 1e-9).rounded(.down)))
  }

  private func position(_ value: Double) -> Double { isLogarithmic ? log10(value) : value }

  private static func trimmed(_ value: Double) -> String {
    let text = String(format: "%.6g", value)
    guard let e = text.firstIndex(of: "e"), let power = Int(text[text.index(after: e)...]) else {
      return text
    }
    return "\(text[..<e])e\(power)"
  }
}
