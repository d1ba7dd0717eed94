import Foundation

/// Reads whole regular files.
enum FileBytes {
  /// All bytes of a file.
  /// - Throws: ``FormatError`` if it is missing, not a regular file, not readable or shrinks while
  ///   it is read.
  static func read(_ url: URL) throws(FormatError) -> [UInt8] {
    let (descriptor, size) = try open(url)
    defer { close(descriptor) }
    return try contents(of: descriptor, size: size, path: url.path)
  }

  /// Opens a regular file; the caller closes it.
  static func open(_ url: URL) throws(FormatError) -> (descriptor: Int32, size: Int) {
    let path = url.path
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(path, systemReason()) }
    var status = stat()
    var problem: String?
    if fstat(descriptor, &status) != 0 {
      problem = systemReason()
    } else if status.st_mode & S_IFMT != S_IFREG {
      problem = "not a regular file"
    }
    guard let problem else { return (descriptor, Int(status.st_size)) }
    close(descriptor)
    throw .unreadable(path, problem)
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
  static func unreadable(_ path: String, _ reason: String) -> FormatError {
    FormatError(.unreadable, file: path, problem: "cannot be read: \(reason)")
  }
}
