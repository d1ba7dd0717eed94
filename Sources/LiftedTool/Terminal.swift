import Foundation
import Runs

/// Results go to standard output, progress and complaints to standard error.
enum Terminal {
  /// Writes one line: control characters, such as those in a name from a file, become blanks.
  static func complain(_ line: String) {
    let scalars = line.unicodeScalars.map {
      $0.properties.generalCategory == .control ? " " : Character($0)
    }
    write(String(scalars) + "\n")
  }

  /// A progress display on standard error.
  static func progress(quiet: Bool) -> ProgressDisplay {
    ProgressDisplay(mode: .suiting(descriptor: STDERR_FILENO, isQuiet: quiet), write: write)
  }

  /// Nobody can be told when standard error itself takes nothing, so that is no failure.
  private static func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Columns of text, the first to the left, the others to the right.
  static func table(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      zip(row, widths).enumerated().map { index, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return index == 0 ? cell.0 + space : space + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
