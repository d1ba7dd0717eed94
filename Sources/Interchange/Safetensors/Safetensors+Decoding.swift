import Tensors

extension Safetensors {
  /// The longest header accepted, in bytes: the limit of the format's own implementation.
  static let mostHeaderBytes = 100_000_000

  /// Reads a file held in memory; `name` stands for its path in errors.
  ///
  /// Refused: a header that is too long, not JSON of the expected form, or has keys twice; shapes
  /// that overflow or do not match the bytes given to them; bytes that belong to two tensors or to
  /// none.
  /// - Throws: ``FormatError``.
  public init(bytes: [UInt8], name: String) throws(FormatError) {
    var reader = ByteReader(bytes, file: name)
    let length = try reader.littleEndian(UInt64.self, "the header length")
    guard length <= Self.mostHeaderBytes else {
      throw reader.error(.tooLarge, "a header of \(length) bytes is too long", at: 0)
    }
    let text = try reader.take(Int(length), "the header")
    let header = try SafetensorsHeader(text, file: name, base: text.startIndex)
    try Self.check(header.entries, reader)
    var entries = [NamedTensor]()
    for entry in header.entries {
      let payload = bytes[(reader.offset + entry.begin)..<(reader.offset + entry.end)]
      entries.append(NamedTensor(entry.name, try entry.decode(payload, reader)))
    }
    self.init(entries: entries, metadata: header.metadata)
  }

  /// Holds the entries against the bytes behind the header, which they must fill without holes.
  private static func check(
    _ entries: [SafetensorsHeader.Entry], _ reader: ByteReader
  ) throws(FormatError) {
    var place = 0
    for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      try entry.check(from: place, reader)
      place = entry.end
    }
    guard place == reader.remaining else {
      throw reader.error(
        .corrupt, "\(reader.remaining - place) bytes belong to no tensor",
        at: reader.offset + place)
    }
  }
}

extension SafetensorsHeader.Entry {
  /// Whether the bytes start at `place`, are there, and are as many as the shape asks for.
  fileprivate func check(from place: Int, _ reader: ByteReader) throws(FormatError) {
    let label = "tensor \(name.quoted)"
    guard let count = Extents.count(of: shape) else {
      throw reader.error(.tooLarge, "\(label) has the impossible shape \(shape)", at: 8)
    }
    guard begin == place, end >= begin else {
      throw reader.error(.corrupt, "\(label) overlaps another or leaves a hole before it", at: 8)
    }
    guard end <= reader.remaining else {
      throw reader.error(
        .truncated, "\(label) ends at \(end), but only \(reader.remaining) bytes follow")
    }
    guard end - begin == count * scalar.size else {
      throw reader.error(
        .corrupt,
        "\(label) of shape \(shape) needs \(count * scalar.size) bytes, not \(end - begin)", at: 8)
    }
  }

  fileprivate func decode(
    _ payload: ArraySlice<UInt8>, _ reader: ByteReader
  ) throws(FormatError) -> AnyTensor {
    do throws(ShapeError) {
      return try scalar.decode(payload, shape: shape)
    } catch {
      throw reader.error(.corrupt, error.description, at: payload.startIndex)
    }
  }
}
