/// Numbers of a table as text.
enum Figures {
  /// Two digits: `2.5e-06`.
  static func short(_ value: Double) -> String {
    guard value.isFinite, value > 0 else { return value == 0 ? "0" : "\(value)" }
    var (mantissa, exponent) = (value, 0)
    while mantissa >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    while mantissa < 0.995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    let tenths = (mantissa * 10).rounded() / 10
    return exponent == 0 ? "\(tenths)" : "\(tenths)e\(exponent)"
  }

  /// Four digits after the point.
  static func factor(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000)" }

  /// Rows of cells as text in columns.
  static func columns(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
