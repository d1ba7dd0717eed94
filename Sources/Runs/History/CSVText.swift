/// Comma-separated values of results, for papers and notebooks.
///
/// Numbers are in the shortest decimal form that reads back as the same `Double`; what was not measured
/// or is not finite is an empty field; texts with a comma are quoted.
enum CSVText {
  /// A field with a number.
  static func number(_ value: Double?) -> String {
    value.map { $0.isFinite ? "\($0)" : "" } ?? ""
  }

  /// The lines of a table, its head first.
  static func lines(_ rows: [[String]]) -> String {
    rows.map { $0.map(field).joined(separator: ",") + "\n" }.joined()
  }

  private static func field(_ text: String) -> String {
    text.contains { ",\"\n\r".contains($0) }
      ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }
}
