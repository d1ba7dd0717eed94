/// A damaged history or summary, with the line (counted from 1) where the damage is.
public enum HistoryError: Error, Equatable, CustomStringConvertible {
  /// The file or line cannot be read as what it should be.
  case damaged(file: String, line: Int, reason: String)
  /// The last line has no line end: the writer was stopped in the middle of it.
  case unfinished(file: String, line: Int)
  /// The file could not be read or written.
  case folder(RunFolderError)

  public var description: String {
    switch self {
    case .damaged(let file, let line, let reason):
      "\(file), line \(line): \(reason); restore the file from a copy, or make the run again"
    case .unfinished(let file, let line):
      "\(file), line \(line): the line is cut off; remove it, or go on from the checkpoint with: lifted resume"
    case .folder(let error): error.description
    }
  }
}
