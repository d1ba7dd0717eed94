/// The header of an IDX file.
struct IDXHeader {
  let scalar: StoredScalar
  let shape: [Int]
  /// Bytes of the elements.
  let payloadSize: Int

  /// Bytes of the longest header accepted.
  static let mostBytes = 4 + 4 * Extents.mostAxes

  init(_ reader: inout ByteReader) throws(FormatError) {
    let magic = Array(try reader.take(4, "the header"))
    guard magic[0] == 0, magic[1] == 0 else {
      throw reader.error(
        .corrupt, "not an IDX file: it starts with bytes \(magic[0]) \(magic[1]), not 0 0", at: 0,
        remedy: "give an IDX file, plain or compressed with gzip")
    }
    guard let scalar = Self.scalars.first(where: { $0.code == magic[2] })?.scalar else {
      throw reader.error(.unsupported, "unknown IDX element type \(magic[2])", at: 2)
    }
    guard magic[3] <= Extents.mostAxes else {
      throw reader.error(.unsupported, "\(magic[3]) axes are more than \(Extents.mostAxes)", at: 3)
    }
    var shape = [Int]()
    for axis in 0..<magic[3] {
      shape.append(Int(try reader.bigEndian(UInt32.self, "extent \(axis)")))
    }
    guard let count = Extents.count(of: shape) else {
      throw reader.error(.tooLarge, "shape \(shape) is too large", at: 4)
    }
    (self.scalar, self.shape, payloadSize) = (scalar, shape, count * scalar.size)
  }

  /// The bytes of a file.
  static func encode(_ tensor: AnyTensor, file: String) throws(FormatError) -> [UInt8] {
    guard let code = scalars.first(where: { $0.scalar == tensor.stored })?.code,
      tensor.shape.count <= Extents.mostAxes,
      tensor.shape.allSatisfy({ $0 <= Int(UInt32.max) })
    else {
      throw FormatError(
        .unsupported, file: file,
        problem: "IDX cannot hold \(tensor.stored) of shape \(tensor.shape)",
        remedy: "write it as NPY instead")
    }
    var bytes: [UInt8] = [0, 0, code, UInt8(tensor.shape.count)]
    for extent in tensor.shape { bytes.append(bigEndian: UInt32(extent)) }
    tensor.append(to: &bytes, bigEndian: true)
    return bytes
  }

  private static let scalars: [(code: UInt8, scalar: StoredScalar)] = [
    (0x08, .uint8), (0x09, .int8), (0x0B, .int16), (0x0C, .int32), (0x0D, .float32),
    (0x0E, .float64),
  ]
}
