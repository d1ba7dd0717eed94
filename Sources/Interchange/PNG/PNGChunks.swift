/// The chunks of a PNG file (PNG specification, section 5).
struct PNGChunks {
  let width: Int
  let height: Int
  /// Bits that the file stores for one pixel.
  let bitsPerPixel: Int
  /// The file without its ancillary chunks, transparency kept.
  ///
  /// Colour-space chunks would make libpng convert the numbers: without them they come out as
  /// stored. Comments and profiles, which may unpack to anything, are gone as well.
  let essential: [UInt8]

  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  /// The largest number of pixels accepted: 8192 x 8192.
  static let mostPixels = 1 << 26

  init(_ bytes: [UInt8], file: String) throws(FormatError) {
    var reader = ByteReader(bytes, file: file)
    guard bytes.starts(with: Self.signature) else {
      throw reader.error(
        .corrupt, "not a PNG file: the signature is missing", remedy: "convert the image to PNG")
    }
    _ = try reader.take(8, "the signature")
    var header: ArraySlice<UInt8>?
    var essential = Self.signature
    var imageBytes = 0
    var isLast = false
    while !isLast {
      let chunk = try Chunk(&reader)
      if header == nil { header = try chunk.header(reader) }
      if chunk.isEssential { essential += chunk.all }
      if chunk.type == Chunk.image { imageBytes += chunk.body.count }
      isLast = chunk.type == Chunk.end
    }
    let fields = Array(header ?? [])
    width = fields[0..<4].reduce(0) { $0 << 8 | Int($1) }
    height = fields[4..<8].reduce(0) { $0 << 8 | Int($1) }
    bitsPerPixel = Int(fields[8]) * Self.channels(ofColourType: fields[9])
    self.essential = essential
    try checkSize(imageBytes, reader)
  }

  private static func channels(ofColourType type: UInt8) -> Int {
    switch type {
    case 2: 3
    case 4: 2
    case 6: 4
    default: 1
    }
  }

  /// Refuses images larger than allowed or than the compressed data can hold.
  private func checkSize(_ compressed: Int, _ reader: ByteReader) throws(FormatError) {
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    guard !overflow, pixels <= Self.mostPixels else {
      throw reader.error(
        .tooLarge, "\(width) x \(height) pixels are more than \(Self.mostPixels)", at: 16,
        remedy: "cut or scale the image down")
    }
    guard Inflater.canHold(pixels * bitsPerPixel / 8, in: compressed) else {
      throw reader.error(
        .tooLarge, "announces \(width) x \(height) pixels in \(compressed) bytes", at: 16)
    }
  }
}

/// One chunk: length, type, body and check sum, which libpng verifies.
private struct Chunk {
  let all: ArraySlice<UInt8>
  let type: ArraySlice<UInt8>
  let body: ArraySlice<UInt8>

  static let head = Array("IHDR".utf8)[...]
  static let image = Array("IDAT".utf8)[...]
  static let end = Array("IEND".utf8)[...]
  static let transparency = Array("tRNS".utf8)[...]

  init(_ reader: inout ByteReader) throws(FormatError) {
    let start = reader.offset
    let length = Int(try reader.bigEndian(UInt32.self, "a chunk"))
    type = try reader.take(4, "a chunk")
    body = try reader.take(length, "a chunk")
    _ = try reader.take(4, "a chunk")
    all = reader.bytes[start..<reader.offset]
  }

  /// Whether libpng needs it: an upper-case first letter marks critical chunks.
  var isEssential: Bool { type.first.map { $0 & 0x20 == 0 } == true || type == Self.transparency }

  /// The body, if this is the image header that every file starts with.
  func header(_ reader: ByteReader) throws(FormatError) -> ArraySlice<UInt8> {
    guard type == Self.head, body.count == 13 else {
      throw reader.error(.corrupt, "the file does not start with an image header", at: 8)
    }
    return body
  }
}
