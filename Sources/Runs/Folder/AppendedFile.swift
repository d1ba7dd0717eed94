import Foundation

/// A file that only grows; every append is one system call unless the system splits it.
final class AppendedFile: Sendable {
  private let url: URL
  private let descriptor: Int32

  /// Opens the file at its end, creating it if it is missing.
  init(at url: URL) throws(RunFolderError) {
    self.url = url
    descriptor = open(url.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .refused(action: "write", path: url.relativePath, code: errno)
    }
  }

  /// Appends all the bytes.
  func append(_ data: Data) throws(RunFolderError) {
    let bytes = [UInt8](data)
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { all in
        Foundation.write(descriptor, all.baseAddress?.advanced(by: done), all.count - done)
      }
      guard written >= 0 || errno == EINTR else {
        throw .refused(action: "write", path: url.relativePath, code: errno)
      }
      done += max(0, written)
    }
  }

  deinit { close(descriptor) }
}
