import Foundation
import Tensors

/// The arrays of an NPZ file, of which any rows can be read: the others cost time, not memory.
///
/// Rows are those of the first axis. Arrays in Fortran order, whose rows are scattered, are read whole.
public struct NPZRows: Sendable {
  /// What is known of an array before it is read.
  private struct Header {
    let member: ZipArchive.Member
    let header: NPYHeader
    /// Where its elements start in the member.
    let start: Int
    let rows: Int
    let rowSize: Int
  }

  private let source: ByteSource
  private let archive: ZipArchive
  private let headers: [String: Header]

  /// Reads the headers of a file.
  /// - Throws: ``FormatError``.
  public init(_ url: URL) throws(FormatError) {
    source = try ByteSource(url)
    archive = try ZipArchive(source)
    var headers: [String: Header] = [:]
    for member in archive.members {
      headers[try member.arrayName(in: source)] = try Self.header(of: member, archive, source)
    }
    self.headers = headers
  }

  private static func header(
    of member: ZipArchive.Member, _ archive: ZipArchive, _ source: ByteSource
  ) throws(FormatError) -> Header {
    let most = min(member.size, NPYHeader.mostBytesInFile)
    var reader = ByteReader(
      try archive.stream(of: member).next(most), file: "\(source.name)/\(member.name)")
    let header = try NPYHeader(&reader)
    guard let count = Extents.count(of: header.shape) else {
      throw reader.error(.tooLarge, "shape \(header.shape) is too large")
    }
    let (size, left) = (count * header.scalar.size, member.size - reader.offset)
    guard size <= left else {
      throw reader.error(
        .truncated,
        "the array of shape \(header.shape) needs \(size) bytes but \(left) are left")
    }
    guard size == left else {
      throw reader.error(.corrupt, "\(left - size) bytes follow the array")
    }
    let rows = header.shape.first ?? 1
    return Header(
      member: member, header: header, start: reader.offset, rows: rows,
      rowSize: size / max(rows, 1))
  }

  /// Extents of an array; nil if there is none of that name.
  public func shape(of name: String) -> [Int]? { headers[name]?.header.shape }

  /// Whether the elements of an array are unsigned bytes, or booleans.
  public func holdsBytes(_ name: String) -> Bool {
    let scalar = headers[name]?.header.scalar
    return scalar == .uint8 || scalar == .bool
  }

  /// Some rows of an array, all by default; nil if there is none of that name. Cost: one pass over it.
  /// - Parameter rows: their numbers, ascending.
  /// - Throws: ``FormatError``, also for damage in what is passed over.
  public func array(_ name: String, rows: [Int]? = nil) throws(FormatError) -> AnyTensor? {
    guard let array = headers[name] else { return nil }
    let shape = array.header.shape
    let wanted = array.header.layout.isColumnMajor ? nil : rows
    let stream = try archive.stream(of: array.member)
    _ = try stream.skip(array.start)
    let bytes =
      if let wanted {
        try stream.rows(wanted, of: array.rows, size: array.rowSize)
      } else {
        try stream.rows([0], of: 1, size: array.rows * array.rowSize)
      }
    let problem: FormatError.Kind = bytes == nil ? .truncated : .corrupt
    let file = "\(source.name)/\(array.member.name)"
    guard let bytes else {
      throw FormatError(problem, file: file, problem: "the data end too early")
    }
    try stream.finish(array.member, of: source.name)
    do throws(ShapeError) {
      let found = try array.header.scalar.decode(
        bytes[...], shape: wanted.map { [$0.count] + shape.dropFirst() } ?? shape,
        layout: array.header.layout)
      return wanted == nil && rows != nil ? try found.rows(rows ?? []) : found
    } catch {
      throw FormatError(problem, file: file, problem: error.description)
    }
  }
}

extension AnyTensor {
  /// Some rows of the first axis.
  fileprivate func rows(_ rows: [Int]) throws(ShapeError) -> AnyTensor {
    let (size, shape) = (count / max(shape.first ?? 1, 1), [rows.count] + shape.dropFirst())
    func part<Scalar>(_ scalars: [Scalar]) -> [Scalar] {
      rows.flatMap { scalars[($0 * size)..<(($0 + 1) * size)] }
    }
    return switch self {
    case .float32(let x): .float32(try Tensor(shape: shape, scalars: part(x.scalars)))
    case .float64(let x): .float64(try Tensor(shape: shape, scalars: part(x.scalars)))
    case .uint8(let x): .uint8(try IntegerTensor(shape: shape, scalars: part(x.scalars)))
    case .int64(let x): .int64(try IntegerTensor(shape: shape, scalars: part(x.scalars)))
    case .uint64(let x): .uint64(try IntegerTensor(shape: shape, scalars: part(x.scalars)))
    }
  }
}
