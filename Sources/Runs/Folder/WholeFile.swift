import Foundation

/// Reading and writing a file in one piece.
enum WholeFile {
  /// The largest text file that is read, in bytes.
  static let largest = 256 << 20

  /// Replaces the file: readers see the old or the new contents, never a part.
  static func write(_ data: Data, to url: URL) throws(RunFolderError) {
    let name = ".\(url.lastPathComponent).\(getpid()).part"
    let part = url.deletingLastPathComponent().appendingPathComponent(name)
    unlink(part.path)
    do throws(RunFolderError) {
      let file = try AppendedFile(at: part)
      try file.append(data)
      try file.synchronize()
      guard rename(part.path, url.path) == 0 else {
        throw .refused(action: "write", path: url.relativePath, code: errno)
      }
    } catch {
      unlink(part.path)
      guard case .refused(_, _, let code) = error else { throw error }
      throw .refused(action: "write", path: url.relativePath, code: code)
    }
  }

  /// The contents, at most ``largest`` bytes.
  static func read(_ url: URL) throws(RunFolderError) -> Data {
    var status = stat()
    guard stat(url.path, &status) == 0 else {
      throw .refused(action: "read", path: url.relativePath, code: errno)
    }
    guard status.st_size <= largest else {
      throw .refused(action: "read", path: url.relativePath, code: EFBIG)
    }
    guard let data = try? Data(contentsOf: url) else {
      throw .refused(action: "read", path: url.relativePath, code: EACCES)
    }
    return data
  }
}
