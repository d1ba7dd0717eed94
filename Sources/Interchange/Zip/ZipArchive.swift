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
  private let source: ByteSource

  init(_ source: ByteSource) throws(FormatError) {
    self.source = source
    var directory = try Self.findDirectory(source)
    var members = [Member]()
    for _ in 0..<directory.count { members.append(try Member(&directory.reader)) }
    self.members = members
    try checkNames()
    try checkOverlaps()
  }

  /// Unpacks a member and checks its check sum.
  func contents(of member: Member) throws(FormatError) -> [UInt8] {
    let stream = try stream(of: member)
    let contents = try stream.next(member.size)
    try stream.finish(member, of: source.name)
    return contents
  }

  /// The contents of a member front to back; ``ByteStream/finish(_:of:)`` checks them in the end.
  func stream(of member: Member) throws(FormatError) -> ByteStream {
    let packed = try packedRange(of: member)
    switch member.method {
    case 0 where member.size == packed.count: break
    case 8 where Inflater.canHold(member.size, in: packed.count): break
    case 0, 8:
      throw error(
        .tooLarge, "\(member.name.quoted) announces \(member.size) bytes in \(packed.count)",
        at: packed.lowerBound)
    default:
      throw error(
        .unsupported, "\(member.name.quoted) is compressed by method \(member.method)",
        at: packed.lowerBound, remedy: "save with numpy.savez or numpy.savez_compressed")
    }
    return try ByteStream(
      source, packed, unpacking: member.method == 8 ? Inflater.Wrapping.none : nil,
      what: "the compressed data of \(member.name.quoted)", sums: true)
  }

  /// Where the data of a member lie, behind a header of its own.
  private func packedRange(of member: Member) throws(FormatError) -> Range<Int> {
    guard member.start <= source.count else {
      throw error(
        .corrupt, "\(member.name.quoted) should start at byte \(member.start) of \(source.count)",
        at: member.start)
    }
    var reader = ByteReader(
      try source.bytes(member.start..<min(member.start + 30, source.count)), file: source.name,
      at: member.start)
    guard try reader.littleEndian(UInt32.self, "a member") == 0x0403_4B50 else {
      throw reader.error(.corrupt, "the signature of \(member.name.quoted) is missing")
    }
    _ = try reader.take(22, "a member")
    let nameSize = Int(try reader.littleEndian(UInt16.self, "a member"))
    let extraSize = Int(try reader.littleEndian(UInt16.self, "a member"))
    let start = reader.offset + nameSize + extraSize
    guard start + member.compressedSize <= source.count else {
      throw reader.error(
        .truncated,
        "\(member.name.quoted) needs \(member.compressedSize) bytes but "
          + "\(max(source.count - start, 0)) are left")
    }
    return start..<(start + member.compressedSize)
  }

  private func error(
    _ kind: FormatError.Kind, _ problem: String, at place: Int, remedy: String? = nil
  ) -> FormatError {
    FormatError(kind, file: source.name, offset: place, problem: problem, remedy: remedy)
  }
}

extension ByteStream {
  /// Checks that a member, all of whose bytes have been read, ends here, and its check sum.
  func finish(_ member: ZipArchive.Member, of file: String) throws(FormatError) {
    guard try skip(1) == 0 else {
      throw FormatError(
        .corrupt, file: file,
        problem: "\(member.name.quoted) holds more than the \(member.size) bytes it announces")
    }
    guard checkSum == UInt(member.checkSum) else {
      throw FormatError(
        .corrupt, file: file, problem: "the check sum of \(member.name.quoted) is wrong")
    }
  }
}

// MARK: - Directory

extension ZipArchive {
  /// The central directory and its number of entries.
  private static func findDirectory(
    _ source: ByteSource
  ) throws(FormatError) -> (reader: ByteReader, count: Int) {
    let tail = max(0, source.count - 22 - 65_535)..<source.count
    let bytes = try source.bytes(tail)
    let place = try findEnd(bytes, of: source)
    let end = tail.lowerBound + place
    var reader = ByteReader(Array(bytes[(place + 4)...]), file: source.name, at: end + 4)
    let disks = try reader.littleEndian(UInt32.self, "the directory")
    _ = try reader.littleEndian(UInt16.self, "the directory")
    let count = try reader.littleEndian(UInt16.self, "the directory")
    let size = Int(try reader.littleEndian(UInt32.self, "the directory"))
    let start = try reader.littleEndian(UInt32.self, "the directory")
    guard disks == 0, count < .max, start < .max else {
      throw reader.error(
        .unsupported, "archives in parts or above 4 GiB (zip64) are not supported", at: end,
        remedy: "save the arrays in several files")
    }
    guard Int(start) + size == end else {
      throw reader.error(.corrupt, "the directory is not where the archive says", at: end)
    }
    let directory = try source.bytes(Int(start)..<end)
    return (ByteReader(directory, file: source.name, at: Int(start)), Int(count))
  }

  /// The place of the end record in the last bytes: 22 bytes and a comment that ends with the file.
  private static func findEnd(_ bytes: [UInt8], of source: ByteSource) throws(FormatError) -> Int {
    var place = bytes.count - 22
    while place >= 0 {
      let comment = Int(bytes[place + 20]) | Int(bytes[place + 21]) << 8
      let isEnd = bytes[place..<place + 4].elementsEqual([0x50, 0x4B, 0x05, 0x06])
      if isEnd, place + 22 + comment == bytes.count { return place }
      place -= 1
    }
    throw FormatError(
      .corrupt, file: source.name, offset: source.count,
      problem: "not a zip archive, or cut short: its end record is missing",
      remedy: "copy or download the file again")
  }

  private func checkNames() throws(FormatError) {
    var seen = Set<String>()
    for member in members where !seen.insert(member.name).inserted {
      throw error(.corrupt, "two members are called \(member.name.quoted)", at: 0)
    }
  }

  private func checkOverlaps() throws(FormatError) {
    var end = 0
    for member in members.sorted(by: { $0.start < $1.start }) {
      guard member.start >= end else {
        throw error(.corrupt, "\(member.name.quoted) overlaps another", at: member.start)
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
