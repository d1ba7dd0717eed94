/// Puts together a zip archive of stored members, dated 1 January 1980: same members, same bytes.
struct ZipWriter {
  private var archive = [UInt8]()
  private var directory = [UInt8]()
  private var count = 0

  /// Appends a member.
  mutating func append(_ contents: [UInt8], name: String) {
    let start = archive.count
    let fields = Self.fields(contents, name: name)
    archive.append(littleEndian: UInt32(0x0403_4B50))
    archive += fields + Array(name.utf8) + contents
    directory.append(littleEndian: UInt32(0x0201_4B50))
    directory.append(littleEndian: UInt16(20))
    directory += fields
    directory += [UInt8](repeating: 0, count: 10)
    directory.append(littleEndian: UInt32(truncatingIfNeeded: start))
    directory += Array(name.utf8)
    count += 1
  }

  /// The finished archive.
  /// - Throws: ``FormatError`` if it would need zip64: 4 GiB or 65535 members.
  func finished(file: String) throws(FormatError) -> [UInt8] {
    guard archive.count + directory.count < UInt32.max, count < UInt16.max else {
      throw FormatError(
        .unsupported, file: file, problem: "the archive would be above 4 GiB or 65534 members",
        remedy: "save the arrays in several files")
    }
    var bytes = archive + directory
    bytes.append(littleEndian: UInt32(0x0605_4B50))
    bytes.append(littleEndian: UInt32(0))
    bytes.append(littleEndian: UInt16(count))
    bytes.append(littleEndian: UInt16(count))
    bytes.append(littleEndian: UInt32(directory.count))
    bytes.append(littleEndian: UInt32(archive.count))
    bytes.append(littleEndian: UInt16(0))
    return bytes
  }

  /// What a member's own header and its directory entry have in common: version, flags (names in
  /// UTF-8), method, time, date, check sum, sizes, lengths of name and extra field.
  private static func fields(_ contents: [UInt8], name: String) -> [UInt8] {
    let size = UInt32(truncatingIfNeeded: contents.count)
    var fields = [UInt8]()
    for field in [20, 1 << 11, 0, 0, 1 << 5 | 1] as [UInt16] { fields.append(littleEndian: field) }
    for field in [contents.zipCheckSum, size, size] { fields.append(littleEndian: field) }
    fields.append(littleEndian: UInt16(truncatingIfNeeded: name.utf8.count))
    fields.append(littleEndian: UInt16(0))
    return fields
  }
}
