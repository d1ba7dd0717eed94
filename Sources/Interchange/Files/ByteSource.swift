import Foundation

/// A file of which any part can be read, or bytes in memory that stand for one.
struct ByteSource: Sendable {
  /// The path, for errors.
  let name: String
  /// Bytes there are.
  let count: Int
  private let part: @Sendable (Range<Int>) throws(FormatError) -> [UInt8]

  init(_ bytes: [UInt8], name: String) {
    (self.name, count) = (name, bytes.count)
    part = { Array(bytes[$0]) }
  }

  /// - Throws: ``FormatError`` for what is no regular file that can be read.
  init(_ url: URL) throws(FormatError) {
    let file = try OpenFile(url)
    (name, count) = (url.path, file.size)
    part = { (range) throws(FormatError) in try file.bytes(range) }
  }

  /// Some of the bytes.
  func bytes(_ range: Range<Int>) throws(FormatError) -> [UInt8] { try part(range) }
}

/// A regular file, open until nobody needs it.
private final class OpenFile: Sendable {
  private let path: String
  private let descriptor: Int32
  let size: Int

  init(_ url: URL) throws(FormatError) {
    path = url.path
    (descriptor, size) = try FileBytes.open(url)
  }

  deinit { close(descriptor) }

  func bytes(_ range: Range<Int>) throws(FormatError) -> [UInt8] {
    var problem: String?
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
      while filled < range.count {
        let count = pread(
          descriptor, buffer.baseAddress! + filled, range.count - filled,
          off_t(range.lowerBound + filled))
        if count < 0 && errno == EINTR { continue }
        if count <= 0 {
          problem = count < 0 ? systemReason() : "the file shrank while it was read"
          return
        }
        filled += count
      }
    }
    if let problem { throw .unreadable(path, problem) }
    return bytes
  }
}
