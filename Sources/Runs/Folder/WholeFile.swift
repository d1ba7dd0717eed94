import Foundation
import Interchange

/// Reading and writing a file in one piece.
enum WholeFile {
  /// The largest text file that is read, in bytes.
  static let largest = 256 << 20

  /// Replaces the file: readers see the old or the new contents, never a part.
  static func write(_ data: Data, to url: URL) throws(RunFolderError) {
    do { try AtomicFile.write(data, to: url) } catch { throw .unwritable(error) }
  }

  /// The contents, at most ``largest`` bytes.
  static func read(_ url: URL) throws(RunFolderError) -> Data {
    var status = stat()
    guard stat(url.path, &status) == 0 else {
      throw .refused(action: "read", path: url.relativePath, code: errno)
    }
    // A device or a pipe has no end that can be known beforehand.
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .refused(action: "read", path: url.relativePath, code: EINVAL)
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
