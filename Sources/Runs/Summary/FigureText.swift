import Foundation

/// Numbers as people read them: four significant digits, grouped counts, units.
enum FigureText {
  /// Four significant digits: `0.01556`, `12.35`, `1.5e-6`; never a locale's comma.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return nonFinite(value) }
    let magnitude = abs(value)
    if magnitude == 0 { return "0" }
    if magnitude < 1e-3 || magnitude >= 1e6 {
      return exponential(value)
    }
    let decimals = max(0, 3 - Int(log10(magnitude).rounded(.down)))
    return signed(String(format: "%.\(decimals)f", value))
  }

  /// At most four significant digits, no zeros at the end: `1`, `0.5`, `255`.
  static func shortest(_ value: Double) -> String { signed(String(format: "%.4g", value)) }

  /// A fraction as per cent with two decimals: `88.12 %`.
  static func percent(_ fraction: Double) -> String {
    guard fraction.isFinite else { return nonFinite(fraction) }
    return signed(String(format: "%.2f\u{202F}%%", fraction * 100))
  }

  /// A count with thin spaces between groups of three digits from 10 000 on.
  static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    guard digits.count > 4 else { return String(value) }
    let first = digits.count % 3
    var groups = first == 0 ? [] : [digits.prefix(first)]
    var rest = digits.dropFirst(first)
    while !rest.isEmpty {
      groups.append(rest.prefix(3))
      rest = rest.dropFirst(3)
    }
    return (value < 0 ? "\u{2212}" : "") + groups.joined(separator: "\u{202F}")
  }

  /// Seconds as `0.034 s`, `4.2 s`, `3 min 05 s`, `2 h 07 min`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return nonFinite(seconds) }
    if seconds > 0, seconds < 0.95 { return String(format: "%.2g\u{202F}s", seconds) }
    if seconds < 59.95 { return String(format: "%.1f\u{202F}s", max(0, seconds)) }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return String(format: "%d\u{202F}min %02d\u{202F}s", whole / 60, whole % 60) }
    return String(format: "%d\u{202F}h %02d\u{202F}min", whole / 3600, whole % 3600 / 60)
  }

  /// Seconds as a clock shows them: `0:07`, `12:34`, `1:02:03`; `-` if unknown.
  static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e7 else { return "-" }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return String(format: "%d:%02d", whole / 60, whole % 60) }
    return String(format: "%d:%02d:%02d", whole / 3600, whole % 3600 / 60, whole % 60)
  }

  /// Bytes in MB (10^6 bytes) or GB.
  static func memory(_ bytes: Int) -> String {
    let megabytes = Double(bytes) / 1e6
    if megabytes >= 1e4 { return String(format: "%.1f\u{202F}GB", megabytes / 1e3) }
    return String(format: "%.0f\u{202F}MB", megabytes)
  }

  /// A figure of a summary by its name: accuracies as per cent, PSNR in dB, all else as numbers.
  static func figure(_ value: Double, named name: String) -> String {
    switch name.split(separator: "_").last {
    case "accuracy": percent(value)
    case "psnr": number(value) + "\u{202F}dB"
    default: number(value)
    }
  }

  /// The range of a figure, the unit said once: `87.20 to 88.00 %`.
  static func range(_ range: ClosedRange<Double>, named name: String) -> String {
    let ends = [range.lowerBound, range.upperBound].map { figure($0, named: name) }
    guard ends[0] != ends[1] else { return ends[0] }
    let unit = ends.allSatisfy { $0.contains("\u{202F}") } ? "\u{202F}" : ""
    let low = unit.isEmpty ? ends[0] : String(ends[0].split(separator: "\u{202F}")[0])
    return "\(low) to \(ends[1])"
  }

  private static func exponential(_ value: Double) -> String {
    let parts = String(format: "%.3e", value).split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return signed("\(value)") }
    return signed("\(parts[0])e\(exponent)")
  }

  private static func nonFinite(_ value: Double) -> String {
    value.isNaN ? "NaN" : value > 0 ? "\u{221E}" : "\u{2212}\u{221E}"
  }

  private static func signed(_ text: String) -> String {
    text.replacing("-", with: "\u{2212}")
  }
}
