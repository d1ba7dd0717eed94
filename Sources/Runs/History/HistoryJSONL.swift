import Foundation

/// A history as JSON lines: one object for each row, keys in alphabetical order.
///
/// Not-a-number and infinities are the strings `"nan"`, `"inf"`, `"-inf"`, since JSON has no such
/// numbers; a value that was not measured has no key.
enum HistoryJSONL {
  /// One row, without line end.
  static func line(_ row: HistoryRow) throws(HistoryError) -> String {
    do {
      return String(decoding: try RunJSON.encoder(pretty: false).encode(row), as: UTF8.self)
    } catch {
      throw .damaged(file: "history.jsonl", line: row.step, reason: "cannot be written: \(error)")
    }
  }

  /// Reads a whole file back.
  static func rows(from file: LineFile) throws(HistoryError) -> [HistoryRow] {
    try file.requireFinished()
    let decoder = RunJSON.decoder()
    var rows: [HistoryRow] = []
    for (index, line) in file.lines.enumerated() {
      guard let row = try? decoder.decode(HistoryRow.self, from: Data(line.utf8)) else {
        throw file.damage(at: index, "this is not a row of a history")
      }
      rows.append(row)
    }
    return rows
  }
}
