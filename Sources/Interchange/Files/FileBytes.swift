import Foundation

/// Reads whole regular files.
enum FileBytes {
  /// All bytes of a file.
  /// - Throws: ``FormatError`` if it is missing, not a regular file, not readable or shrinks while
  ///   it is read.
  static func read(_ url: URL) throws(FormatError) -> [UInt8] {
    let path = url.path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(path, systemReason()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(path, systemReason()) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(path, "not a regular file") }
    return try contents(of: descriptor, size: Int(status.st_size), path: path)
  }

  private static func contents(
    of descriptor: Int32, size: Int, path: String
  ) throws(FormatError) -> [UInt8] {
    var failure: String?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      while filled < size {
        let count = Foundation.read(descriptor, buffer.baseAddress! + filled, size - filled)
        if count < 0 && errno == EINTR { continue }
        if count < 0 { failure = systemReason() }
        if count <= 0 { return }
        filled += count
      }
    }
    if let failure { throw .unreadable(path, failure) }
    guard bytes.count == size else { throw .unreadable(path, "the file shrank while it was read") }
    return bytes
  }
}

/// The system's words for `errno`.
func systemReason(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

extension FormatError {
  fileprivate static func unreadable(_ path: String, _ reason: String) -> FormatError {
    FormatError(.unreadable, file: path, problem: "cannot be read: \(reason)")
  }
}
