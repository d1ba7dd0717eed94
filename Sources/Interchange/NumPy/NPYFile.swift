import Foundation
import Tensors

/// NumPy's NPY files, versions 1 to 3: one array.
///
///     93 'NUMPY' MAJOR MINOR | header length | header, a Python dictionary | elements
///
/// Read: booleans, integers, half, float and double in either byte order, C or Fortran order (see
/// ``AnyTensor`` for the types they become). Written: version 1, little-endian, C order. Nothing in
/// a header is evaluated; object, structured, text and complex arrays are refused.
public struct NPYFile: Sendable, Equatable {
  /// The array.
  public let tensor: AnyTensor

  /// Contents for a file.
  public init(_ tensor: AnyTensor) { self.tensor = tensor }
  /// Contents for a file of `<f4`.
  public init(_ tensor: Tensor<Float>) { self.tensor = .float32(tensor) }
  /// Contents for a file of `<f8`.
  public init(_ tensor: Tensor<Double>) { self.tensor = .float64(tensor) }

  /// Reads a file. Cost: one copy of the file beside the result.
  /// - Throws: ``FormatError``.
  public static func read(from url: URL) throws(FormatError) -> NPYFile {
    try NPYFile(bytes: FileBytes.read(url), name: url.path)
  }

  /// Reads a file held in memory; `name` stands for its path in errors.
  /// - Throws: ``FormatError``.
  public init(bytes: [UInt8], name: String) throws(FormatError) {
    var reader = ByteReader(bytes, file: name)
    let header = try NPYHeader(&reader)
    guard let count = Extents.count(of: header.shape) else {
      throw reader.error(.tooLarge, "shape \(header.shape) is too large")
    }
    let payload = try reader.take(
      count * header.scalar.size, "the array of shape \(header.shape)")
    guard reader.remaining == 0 else {
      throw reader.error(.corrupt, "\(reader.remaining) bytes follow the array")
    }
    do throws(ShapeError) {
      tensor = try header.scalar.decode(payload, shape: header.shape, layout: header.layout)
    } catch {
      throw reader.error(.corrupt, error.description)
    }
  }

  /// The bytes of the file.
  public var bytes: [UInt8] {
    var bytes = NPYHeader.encode(tensor)
    bytes.reserveCapacity(bytes.count + tensor.count * tensor.stored.size)
    tensor.append(to: &bytes)
    return bytes
  }

  /// Writes the file, whole or not at all.
  /// - Throws: ``FormatError``.
  public func write(to url: URL) throws(FormatError) { try AtomicFile.write(bytes, to: url) }
}
