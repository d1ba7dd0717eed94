import Foundation

/// Writes files so that a reader sees either the old contents or the new, never a part.
///
/// The bytes go to a temporary sibling, are flushed to the disk, and the sibling is renamed over the
/// target. On any failure the sibling is removed and the target is as it was.
public enum AtomicFile {
  /// Writes `data` to a file, replacing what is there. Symbolic links are followed.
  /// - Throws: ``FormatError`` of kind `unwritable` if the folder is missing or read-only, the disk
  ///   is full, or the target exists and is not a regular file.
  public static func write(_ data: Data, to url: URL) throws(FormatError) {
    if let failure = data.withUnsafeBytes({ Replacement(url).failure(writing: $0) }) {
      throw failure
    }
  }

  /// The same for bytes in an array.
  public static func write(_ bytes: [UInt8], to url: URL) throws(FormatError) {
    if let failure = bytes.withUnsafeBytes({ Replacement(url).failure(writing: $0) }) {
      throw failure
    }
  }
}

/// One file about to be replaced.
private struct Replacement {
  private let path: String
  private let folder: String
  private let temporary: String

  init(_ url: URL) {
    let target = url.resolvingSymlinksInPath()
    path = target.path
    folder = target.deletingLastPathComponent().path
    let tag = String(UInt64.random(in: .min ... .max), radix: 16)
    temporary = target.deletingLastPathComponent().appendingPathComponent(".partial-\(tag)").path
  }

  /// Does it all; what went wrong, `nil` if nothing did.
  func failure(writing bytes: UnsafeRawBufferPointer) -> FormatError? {
    do throws(FormatError) {
      try checkTarget()
      try writeTemporary(bytes)
      guard rename(temporary, path) == 0 else {
        defer { unlink(temporary) }
        throw unwritable(systemReason())
      }
      flushFolder()
      return nil
    } catch {
      return error
    }
  }

  private func checkTarget() throws(FormatError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFREG else { throw unwritable("not a regular file") }
  }

  private func writeTemporary(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw unwritable(systemReason()) }
    let problem = Self.problem(writing: bytes, to: descriptor)
    let closed = close(descriptor) == 0
    guard problem == nil, closed else {
      let reason = problem ?? systemReason()
      unlink(temporary)
      throw unwritable(reason)
    }
  }

  private static func problem(
    writing bytes: UnsafeRawBufferPointer, to descriptor: Int32
  ) -> String? {
    var written = 0
    while written < bytes.count {
      let count = Foundation.write(
        descriptor, bytes.baseAddress! + written, bytes.count - written)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return systemReason() }
      written += count
    }
    return fsync(descriptor) == 0 ? nil : systemReason()
  }

  /// Makes the new name survive a power failure where the file system can; the data are safe.
  private func flushFolder() {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private func unwritable(_ reason: String) -> FormatError {
    FormatError(.unwritable, file: path, problem: "cannot be written: \(reason)")
  }
}
