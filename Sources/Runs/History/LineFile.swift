import Foundation

/// A text file of lines, each ended by a line feed.
struct LineFile {
  /// Name of the file, for messages.
  let name: String
  /// The lines without their ends.
  let lines: [Substring]
  /// Whether the last line lacks its end: its writer was stopped in the middle of it.
  let isUnfinished: Bool

  init(name: String, text: String) {
    self.name = name
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let rest = lines.popLast() ?? ""
    isUnfinished = !rest.isEmpty
    if isUnfinished { lines.append(rest) }
    self.lines = lines
  }

  init(reading url: URL) throws(HistoryError) {
    do throws(RunFolderError) {
      let text = String(decoding: try WholeFile.read(url), as: UTF8.self)
      self.init(name: url.lastPathComponent, text: text)
    } catch {
      throw .folder(error)
    }
  }

  /// The same without an unfinished last line.
  var finished: LineFile {
    LineFile(name: name, lines: isUnfinished ? lines.dropLast() : lines, isUnfinished: false)
  }

  private init(name: String, lines: [Substring], isUnfinished: Bool) {
    self.name = name
    self.lines = lines
    self.isUnfinished = isUnfinished
  }

  /// - Throws: ``HistoryError/unfinished(file:line:)`` if the last line is cut off.
  func requireFinished() throws(HistoryError) {
    if isUnfinished { throw .unfinished(file: name, line: lines.count) }
  }

  /// A damage report for the line at an index counted from 0.
  func damage(at index: Int, _ reason: String) -> HistoryError {
    .damaged(file: name, line: index + 1, reason: reason)
  }
}
