import Foundation

/// An exclusive hold on a run folder, given up when the value goes away or the process ends.
///
/// An advisory `flock` on the folder itself, so nothing is left behind after a crash.
public final class RunLock: Sendable {
  private let descriptor: Int32

  init(holding url: URL) throws(RunFolderError) {
    descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .refused(action: "open", path: url.relativePath, code: errno)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      guard code == EWOULDBLOCK else {
        throw .refused(action: "lock", path: url.relativePath, code: code)
      }
      throw .locked(path: url.relativePath)
    }
  }

  deinit { close(descriptor) }
}
