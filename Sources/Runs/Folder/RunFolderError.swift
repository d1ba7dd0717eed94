import Foundation
import Interchange

/// What can go wrong with a run folder. Each case prints as one line: what, where, how to mend it.
public enum RunFolderError: Error, Equatable, CustomStringConvertible {
  /// A new run was to be written where something already is.
  case occupied(path: String)
  /// Another process is writing in the folder.
  case locked(path: String)
  /// The folder does not exist or holds no recipe.
  case notARun(path: String)
  /// A file could not be written whole; the one that was there is as it was.
  case unwritable(FormatError)
  /// The operating system refused; `code` is its `errno`.
  case refused(action: String, path: String, code: Int32)

  public var description: String {
    switch self {
    case .occupied(let path):
      "\(path) exists and is not empty; choose another name, or go on with: lifted resume \(path)"
    case .locked(let path):
      "\(path) is being written by another process; wait for it to end or choose another name"
    case .notARun(let path):
      "\(path) is not a run folder (it has no recipe.yaml); give the folder of an earlier run"
    case .unwritable(let error): error.description
    case .refused(let action, let path, let code):
      "cannot \(action) \(path): \(String(cString: strerror(code))); \(Self.remedy(for: code))"
    }
  }

  private static func remedy(for code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT: "free some space or choose a folder on another disk"
    case EACCES, EPERM, EROFS: "choose a folder you may write to"
    case ENOENT, ENOTDIR: "check the path"
    default: "check the disk and the path"
    }
  }
}
