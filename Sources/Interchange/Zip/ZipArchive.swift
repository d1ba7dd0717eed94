import CZlib

/// The members of a zip archive (PKWARE APPNOTE 6.3), as far as NPZ files need them.
///
/// Stored and deflated members on one disk, below 4 GiB. Members must neither overlap nor announce
/// more than their compressed data can hold, so that what is unpacked is bounded by the file's size.
struct ZipArchive {
  /// One entry of the central directory.
  struct Member {
    let name: String
    let method: UInt16
    let checkSum: UInt32
    let compressedSize: Int
    let size: Int
    let start: Int
  }

  let members: [Member]
  private let reader: ByteReader

  init(_ bytes: [UInt8], file: String) throws(FormatError) {
    reader = ByteReader(bytes, file: file)
    var directory = reader
    let count = try Self.findDirectory(&directory)
    var members = [Member]()
    for _ in 0..<count { members.append(try Member(&directory)) }
    self.members = members
    try checkNames()
    try checkOverlaps()
  }

  /// Unpacks a member and checks its check sum.
  func contents(of member: Member) throws(FormatError) -> [UInt8] {
    var reader = reader
    let packed = try packedData(of: member, &reader)
    let place = packed.startIndex
    let contents: [UInt8]
    switch member.method {
    case 0 where member.size == member.compressedSize: contents = Array(packed)
    case 8 where Inflater.canHold(member.size, in: packed.count):
      contents = try inflate(packed, member)
    case 0, 8:
      throw reader.error(
        .tooLarge, "\(member.name.quoted) announces \(member.size) bytes in \(packed.count)",
        at: place)
    default:
      throw reader.error(
        .unsupported, "\(member.name.quoted) is compressed by method \(member.method)", at: place,
        remedy: "save with numpy.savez or numpy.savez_compressed")
    }
    guard contents.zipCheckSum == member.checkSum else {
      throw reader.error(.corrupt, "the check sum of \(member.name.quoted) is wrong", at: place)
    }
    return contents
  }

  private func packedData(
    of member: Member, _ reader: inout ByteReader
  ) throws(FormatError) -> ArraySlice<UInt8> {
    try reader.seek(to: member.start, member.name.quoted)
    guard try reader.littleEndian(UInt32.self, "a member") == 0x0403_4B50 else {
      throw reader.error(.corrupt, "the signature of \(member.name.quoted) is missing")
    }
    _ = try reader.take(22, "a member")
    let nameSize = Int(try reader.littleEndian(UInt16.self, "a member"))
    let extraSize = Int(try reader.littleEndian(UInt16.self, "a member"))
    _ = try reader.take(nameSize + extraSize, "a member")
    return try reader.take(member.compressedSize, member.name.quoted)
  }

  private func inflate(
    _ packed: ArraySlice<UInt8>, _ member: Member
  ) throws(FormatError) -> [UInt8] {
    do throws(Inflater.Failure) {
      return try Inflater(wrapping: .none).inflate(packed, size: member.size)
    } catch {
      throw reader.error(
        .corrupt, "the compressed data of \(member.name.quoted) are damaged", at: packed.startIndex)
    }
  }
}

// MARK: - Directory

extension ZipArchive {
  /// Goes to the central directory; returns its number of entries.
  private static func findDirectory(_ reader: inout ByteReader) throws(FormatError) -> Int {
    let end = try findEnd(reader)
    try reader.seek(to: end + 4, "the directory")
    let disks = try reader.littleEndian(UInt32.self, "the directory")
    _ = try reader.littleEndian(UInt16.self, "the directory")
    let count = try reader.littleEndian(UInt16.self, "the directory")
    let size = try reader.littleEndian(UInt32.self, "the directory")
    let start = try reader.littleEndian(UInt32.self, "the directory")
    guard disks == 0, count < .max, start < .max else {
      throw reader.error(
        .unsupported, "archives in parts or above 4 GiB (zip64) are not supported", at: end,
        remedy: "save the arrays in several files")
    }
    guard Int(start) + Int(size) == end else {
      throw reader.error(.corrupt, "the directory is not where the archive says", at: end)
    }
    try reader.seek(to: Int(start), "the directory")
    return Int(count)
  }

  /// The place of the end record: 22 bytes and a comment that ends with the file.
  private static func findEnd(_ reader: ByteReader) throws(FormatError) -> Int {
    let bytes = reader.bytes
    var place = bytes.count - 22
    while place >= max(0, bytes.count - 22 - 65_535) {
      let comment = Int(bytes[place + 20]) | Int(bytes[place + 21]) << 8
      let isEnd = bytes[place..<place + 4].elementsEqual([0x50, 0x4B, 0x05, 0x06])
      if isEnd, place + 22 + comment == bytes.count { return place }
      place -= 1
    }
    throw reader.error(
      .corrupt, "not a zip archive, or cut short: its end record is missing", at: bytes.count,
      remedy: "copy or download the file again")
  }

  private func checkNames() throws(FormatError) {
    var seen = Set<String>()
    for member in members where !seen.insert(member.name).inserted {
      throw reader.error(.corrupt, "two members are called \(member.name.quoted)", at: 0)
    }
  }

  private func checkOverlaps() throws(FormatError) {
    var end = 0
    for member in members.sorted(by: { $0.start < $1.start }) {
      guard member.start >= end else {
        throw reader.error(.corrupt, "\(member.name.quoted) overlaps another", at: member.start)
      }
      end = member.start + 30 + member.compressedSize
    }
  }
}

extension ZipArchive.Member {
  fileprivate init(_ reader: inout ByteReader) throws(FormatError) {
    let what = "the directory"
    let place = reader.offset
    guard try reader.littleEndian(UInt32.self, what) == 0x0201_4B50 else {
      throw reader.error(.corrupt, "a directory entry lacks its signature", at: place)
    }
    _ = try reader.take(4, what)
    let flags = try reader.littleEndian(UInt16.self, what)
    method = try reader.littleEndian(UInt16.self, what)
    _ = try reader.take(4, what)
    checkSum = try reader.littleEndian(UInt32.self, what)
    let compressed = try reader.littleEndian(UInt32.self, what)
    let uncompressed = try reader.littleEndian(UInt32.self, what)
    let nameSize = Int(try reader.littleEndian(UInt16.self, what))
    let extraSize = Int(try reader.littleEndian(UInt16.self, what))
    let commentSize = Int(try reader.littleEndian(UInt16.self, what))
    _ = try reader.take(8, what)
    let local = try reader.littleEndian(UInt32.self, what)
    let nameBytes = try reader.take(nameSize, what)
    _ = try reader.take(extraSize + commentSize, what)
    guard let name = String(validating: nameBytes, as: UTF8.self) else {
      throw reader.error(.corrupt, "a member's name is not valid UTF-8", at: place)
    }
    guard flags & 1 == 0, compressed < .max, uncompressed < .max, local < .max else {
      throw reader.error(
        .unsupported, "\(name.quoted) is encrypted or above 4 GiB (zip64)", at: place)
    }
    (self.name, start) = (name, Int(local))
    (compressedSize, size) = (Int(compressed), Int(uncompressed))
  }
}

extension Array where Element == UInt8 {
  /// The CRC-32 that zip archives carry.
  var zipCheckSum: UInt32 {
    withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
  }
}
