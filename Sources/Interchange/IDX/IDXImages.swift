import Foundation
import Tensors

/// The images of an IDX file, unsigned bytes of shape `(n, rows, columns)`, of which any can be read: the others
/// cost time, not memory.
public struct IDXImages: Sendable {
  /// `n`, rows and columns.
  public let shape: [Int]
  private let source: ByteSource
  private let start: Int

  /// Reads the header of a file, plain or gzip-compressed.
  /// - Throws: ``FormatError``, also when the file holds something else, or is not as long as it says.
  public init(_ url: URL) throws(FormatError) {
    source = try ByteSource(url)
    let (stream, isGzip) = try Gzip.stream(source)
    var reader = ByteReader(try stream.next(IDXHeader.mostBytes), file: url.path)
    let header = try IDXHeader(&reader)
    guard header.scalar == .uint8, header.shape.count == 3 else {
      throw IDXFile.notBytes(header.scalar, header.shape, "images (n, rows, columns)", url)
    }
    (shape, start) = (header.shape, reader.offset)
    let (size, left) = (header.payloadSize, source.count - reader.offset)
    if isGzip {
      try Gzip.checkRoom(for: start + size, in: source.count, file: url.path)
    } else if left < size {
      throw reader.error(
        .truncated, "the array of shape \(shape) needs \(size) bytes but \(left) are left")
    } else if left > size {
      throw reader.error(.corrupt, "\(left - size) bytes follow the array", at: start + size)
    }
  }

  /// Some images, one after another. Cost: one pass over the file.
  /// - Parameter images: their numbers, ascending, below `n`.
  /// - Throws: ``FormatError``, also for damage in what is passed over.
  public func pixels(of images: [Int]) throws(FormatError) -> [UInt8] {
    let stream = try Gzip.stream(source).stream
    let whole = start + shape.reduce(1, *)
    guard try stream.skip(start) == start,
      let pixels = try stream.rows(images, of: shape[0], size: shape[1] * shape[2])
    else { throw FormatError(.truncated, file: source.name, problem: "the file ends too early") }
    guard try stream.skip(1) == 0 else {
      throw FormatError(
        .corrupt, file: source.name,
        problem: "holds more than the \(whole) bytes its header announces")
    }
    return pixels
  }
}
