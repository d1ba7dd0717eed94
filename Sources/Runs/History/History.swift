import Foundation

/// The record of a run, and the files it is kept in.
///
/// `history.csv` and `history.jsonl` hold the same reproducible rows: the same seed gives the same
/// bytes, also after a kill and a resume. What depends on the clock goes to `timing.csv`.
///
///     var history = try History(startingIn: folder)
///     try history.append(row, seconds: 12.5)
///     // killed; later, with a checkpoint of step 600:
///     var history = try History(resuming: folder, after: 600)
public struct History: Sendable {
  /// The rows so far.
  public private(set) var rows: [HistoryRow]
  /// The clock at each row.
  public private(set) var timings: [TimingRow]
  private let folder: RunFolder

  /// An empty history; its files are written anew.
  public init(startingIn folder: RunFolder) throws(HistoryError) {
    self.init(rows: [], timings: [], folder: folder)
    try rewrite()
  }

  /// Reads the history of a run, for a report. A line cut off in the middle is an error.
  public init(reading folder: RunFolder) throws(HistoryError) {
    let rows = try HistoryCSV.rows(from: LineFile(reading: folder.historyCSV))
    let timings = try TimingCSV.rows(from: LineFile(reading: folder.timing))
    self.init(rows: rows, timings: timings, folder: folder)
  }

  /// Reads the history of an interrupted run, drops all rows after the checkpoint's step and a
  /// last line that was cut off, and goes on from there.
  /// - Throws: ``HistoryError`` if the files are missing or damaged elsewhere.
  public init(resuming folder: RunFolder, after step: Int) throws(HistoryError) {
    let rows = try HistoryCSV.rows(from: LineFile(reading: folder.historyCSV).finished)
    let timings = try TimingCSV.rows(from: LineFile(reading: folder.timing).finished)
    self.init(
      rows: rows.filter { $0.step <= step }, timings: timings.filter { $0.step <= step },
      folder: folder)
    try rewrite()
  }

  /// The rows in a `history.jsonl`.
  public static func rows(fromJSONLines url: URL) throws(HistoryError) -> [HistoryRow] {
    try HistoryJSONL.rows(from: LineFile(reading: url))
  }

  /// Adds a row to the files and to the value.
  /// - Parameters:
  ///   - row: the state of training, with as many layers as the rows before.
  ///   - seconds: seconds of work since the start of the run.
  /// - Throws: ``HistoryError`` if a row before has another number of layers or a file cannot be
  ///   written.
  public mutating func append(_ row: HistoryRow, seconds: Double) throws(HistoryError) {
    if let last = rows.last, last.layers.count != row.layers.count {
      throw .damaged(
        file: folder.historyCSV.lastPathComponent, line: rows.count + 1,
        reason: "\(last.layers.count) layers, where the network has \(row.layers.count)")
    }
    let timing = TimingRow(epoch: row.epoch, step: row.step, seconds: seconds)
    let header = rows.isEmpty ? HistoryCSV.header(layers: row.layers.count) + "\n" : ""
    try add(header + HistoryCSV.line(row) + "\n", to: folder.historyCSV)
    try add(HistoryJSONL.line(row) + "\n", to: folder.historyJSONL)
    try add(TimingCSV.line(timing) + "\n", to: folder.timing)
    rows.append(row)
    timings.append(timing)
  }

  /// Seconds at each row, matched by step; not-a-number where the clock was not kept.
  public var seconds: [Double] {
    let known = Dictionary(timings.map { ($0.step, $0.seconds) }) { _, last in last }
    return rows.map { known[$0.step] ?? .nan }
  }

  private init(rows: [HistoryRow], timings: [TimingRow], folder: RunFolder) {
    self.rows = rows
    self.timings = timings
    self.folder = folder
  }

  private func rewrite() throws(HistoryError) {
    var jsonLines: [String] = []
    for row in rows { jsonLines.append(try HistoryJSONL.line(row)) }
    let header = rows.first.map { [HistoryCSV.header(layers: $0.layers.count)] } ?? []
    try replace(folder.historyCSV, with: header + rows.map(HistoryCSV.line))
    try replace(folder.historyJSONL, with: jsonLines)
    try replace(folder.timing, with: [TimingCSV.header] + timings.map(TimingCSV.line))
  }

  private func replace(_ url: URL, with lines: [String]) throws(HistoryError) {
    let text = lines.map { $0 + "\n" }.joined()
    do { try WholeFile.write(Data(text.utf8), to: url) } catch { throw .folder(error) }
  }

  private func add(_ text: String, to url: URL) throws(HistoryError) {
    do { try AppendedFile(at: url).append(Data(text.utf8)) } catch { throw .folder(error) }
  }
}
