import Foundation
import Tensors

/// An IDX file: the format of MNIST and its kin, plain or gzip-compressed.
///
///     0 0 TYPE RANK | RANK extents, 32 bits, big-endian | elements, row-major, big-endian
///
/// The file must be exactly as long as its extents say; what is decompressed is bounded by them
/// and by the length of the file.
public struct IDXFile: Sendable, Equatable {
  /// The elements: `uint8` for MNIST images `(n, rows, columns)` and labels `(n)`.
  public let tensor: AnyTensor

  /// Contents for a file.
  public init(_ tensor: AnyTensor) { self.tensor = tensor }

  /// Reads a file. Cost: one copy of the decompressed file beside the result.
  /// - Throws: ``FormatError``.
  public static func read(from url: URL) throws(FormatError) -> IDXFile {
    try IDXFile(bytes: FileBytes.read(url), name: url.path)
  }

  /// Reads a file held in memory; `name` stands for its path in errors.
  /// - Throws: ``FormatError``.
  public init(bytes: [UInt8], name: String) throws(FormatError) {
    guard Gzip.isGzip(bytes) else {
      try self.init(plain: bytes, name: name)
      return
    }
    let start = try Gzip.prefix(IDXHeader.mostBytes, of: bytes, file: name)
    var reader = ByteReader(start, file: name)
    let header = try IDXHeader(&reader)
    let size = reader.offset + header.payloadSize
    try self.init(plain: Gzip.inflate(bytes, size: size, file: name), name: name)
  }

  private init(plain bytes: [UInt8], name: String) throws(FormatError) {
    var reader = ByteReader(bytes, file: name)
    let header = try IDXHeader(&reader)
    let payload = try reader.take(header.payloadSize, "the array of shape \(header.shape)")
    guard reader.remaining == 0 else {
      throw reader.error(.corrupt, "\(reader.remaining) bytes follow the array")
    }
    do throws(ShapeError) {
      tensor = try header.scalar.decode(
        payload, shape: header.shape, layout: .init(isBigEndian: true))
    } catch {
      throw reader.error(.corrupt, error.description)
    }
  }

  /// Reads images: unsigned bytes of shape `(n, rows, columns)`.
  /// - Throws: ``FormatError``, also when the file holds something else.
  public static func images(from url: URL) throws(FormatError) -> IntegerTensor<UInt8> {
    try read(from: url).bytes(rank: 3, "images (n, rows, columns)", url)
  }

  /// Reads labels: unsigned bytes of shape `(n)`.
  /// - Throws: ``FormatError``, also when the file holds something else.
  public static func labels(from url: URL) throws(FormatError) -> IntegerTensor<UInt8> {
    try read(from: url).bytes(rank: 1, "labels (n)", url)
  }

  private func bytes(
    rank: Int, _ wanted: String, _ url: URL
  ) throws(FormatError) -> IntegerTensor<UInt8> {
    guard case .uint8(let bytes) = tensor, bytes.shape.count == rank else {
      throw Self.notBytes(tensor.stored, tensor.shape, wanted, url)
    }
    return bytes
  }

  static func notBytes(
    _ scalar: StoredScalar, _ shape: [Int], _ wanted: String, _ url: URL
  ) -> FormatError {
    FormatError(
      .unsupported, file: url.path,
      problem: "holds \(scalar) of shape \(shape), not bytes as \(wanted)",
      remedy: "check that images and labels are not exchanged")
  }

  /// Writes a plain file, whole or not at all.
  /// - Throws: ``FormatError``, also for an array IDX has no form for: 64-bit integers, more than
  ///   64 axes, an extent of 2^32 or more.
  public func write(to url: URL) throws(FormatError) {
    try AtomicFile.write(IDXHeader.encode(tensor, file: url.path), to: url)
  }
}
