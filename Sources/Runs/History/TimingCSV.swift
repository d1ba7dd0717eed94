/// The clock of a run as comma-separated values `epoch,step,seconds`.
enum TimingCSV {
  /// The header line, without line end.
  static let header = "epoch,step,seconds"

  /// One row, without line end.
  static func line(_ row: TimingRow) -> String { "\(row.epoch),\(row.step),\(row.seconds)" }

  /// Reads a whole file back.
  static func rows(from file: LineFile) throws(HistoryError) -> [TimingRow] {
    try file.requireFinished()
    guard let first = file.lines.first else { return [] }
    guard first == header else { throw file.damage(at: 0, "expected the header \(header)") }
    var rows: [TimingRow] = []
    for index in file.lines.indices.dropFirst() {
      var fields = try FieldReader(line: index, of: file, columns: 3)
      rows.append(
        TimingRow(
          epoch: try fields.count("epoch"), step: try fields.count("step"),
          seconds: try fields.number("seconds")))
    }
    return rows
  }
}
