/// Markup in which every interpolated string is escaped; only `HTML` itself goes in as it is.
///
///     let cell: HTML = "<td>\(run.name)</td>"
struct HTML: ExpressibleByStringInterpolation, Sendable {
  /// The markup, ready to be written.
  let markup: String

  init(stringLiteral value: String) { markup = value }

  init(stringInterpolation: StringInterpolation) { markup = stringInterpolation.markup }

  /// Builds markup piece by piece.
  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var markup = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      markup.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    mutating func appendLiteral(_ literal: String) { markup += literal }

    mutating func appendInterpolation(_ text: String) { markup += HTML.escaped(text) }

    mutating func appendInterpolation(_ number: Int) { markup += String(number) }

    mutating func appendInterpolation(_ html: HTML) { markup += html.markup }

    mutating func appendInterpolation(_ list: [HTML]) {
      markup += list.map(\.markup).joined(separator: "\n")
    }

    /// A coordinate of a drawing, to a tenth of a unit.
    mutating func appendInterpolation(at coordinate: Double) {
      let tenths = (coordinate * 10).rounded() / 10
      markup += tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
    }
  }

  /// Text made safe inside elements and quoted attributes; control characters become U+FFFD.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case _ where scalar.value < 32 || scalar.value == 127: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
