/// The header of an NPY file.
struct NPYHeader {
  let scalar: StoredScalar
  let layout: StoredScalar.Layout
  let shape: [Int]

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// The longest dictionary accepted; real ones have about 120 bytes.
  private static let mostBytes = 65_536
  /// Bytes of the longest header accepted, signature, version and length included.
  static let mostBytesInFile = 12 + mostBytes

  init(_ reader: inout ByteReader) throws(FormatError) {
    guard try Array(reader.take(6, "the header")) == Self.magic else {
      throw reader.error(
        .corrupt, "not an NPY file: the NumPy signature is missing", at: 0,
        remedy: "write it with numpy.save")
    }
    let text = try Self.dictionary(&reader)
    var parser = PythonLiteral(text, file: reader.file, base: reader.offset - text.count)
    let fields = try parser.arrayDescription()
    guard let (scalar, isBigEndian) = Self.scalar(of: fields.descr) else {
      throw reader.error(
        .unsupported, "element type \(fields.descr.quoted) is not supported",
        at: reader.offset - text.count,
        remedy: "save the array as booleans, integers, float16, float32 or float64")
    }
    self.scalar = scalar
    layout = .init(isBigEndian: isBigEndian, isColumnMajor: fields.isColumnMajor)
    shape = fields.shape
  }

  /// The dictionary behind the version and the length.
  private static func dictionary(
    _ reader: inout ByteReader
  ) throws(FormatError) -> ArraySlice<UInt8> {
    let major = try reader.littleEndian(UInt8.self, "the version")
    let minor = try reader.littleEndian(UInt8.self, "the version")
    guard (1...3).contains(major), minor == 0 else {
      throw reader.error(.unsupported, "unknown NPY version \(major).\(minor)", at: 6)
    }
    let length =
      major == 1
      ? Int(try reader.littleEndian(UInt16.self, "the header length"))
      : Int(try reader.littleEndian(UInt32.self, "the header length"))
    guard length <= mostBytes else {
      throw reader.error(.tooLarge, "a header of \(length) bytes is too long", at: 8)
    }
    return try reader.take(length, "the header")
  }

  /// The element type of a NumPy type string such as `<f4`.
  private static func scalar(of descr: String) -> (StoredScalar, isBigEndian: Bool)? {
    guard let order = descr.first, "<>|=".contains(order),
      let scalar = scalars.first(where: { $0.code == descr.dropFirst() })?.scalar,
      scalar.size == 1 || order != "|"
    else { return nil }
    return (scalar, order == ">")
  }

  private static let scalars: [(code: String, scalar: StoredScalar)] = [
    ("b1", .bool), ("u1", .uint8), ("u2", .uint16), ("u4", .uint32), ("u8", .uint64),
    ("i1", .int8), ("i2", .int16), ("i4", .int32), ("i8", .int64),
    ("f2", .float16), ("f4", .float32), ("f8", .float64),
  ]

  /// A version 1 header, padded so that the elements start at a multiple of 64 bytes.
  static func encode(_ tensor: AnyTensor) -> [UInt8] {
    let scalar = tensor.stored
    let code = scalars.first { $0.scalar == scalar }?.code ?? ""
    let order = scalar.size == 1 ? "|" : "<"
    let tail = tensor.shape.count == 1 ? "," : ""
    let extents = tensor.shape.map(String.init).joined(separator: ", ") + tail
    let text =
      "{'descr': '\(order)\(code)', 'fortran_order': False, 'shape': (\(extents)), }"
    let padding = 63 - (magic.count + 4 + text.utf8.count) % 64
    let dictionary = Array(text.utf8) + Array(repeating: 0x20, count: padding) + [0x0A]
    var bytes = magic + [1, 0]
    bytes.append(littleEndian: UInt16(dictionary.count))
    return bytes + dictionary
  }
}
