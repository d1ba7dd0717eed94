import Foundation

/// NumPy's NPZ files: NPY arrays by name in a zip archive.
///
/// Read: stored and deflated members (`numpy.savez`, `numpy.savez_compressed`), check sums checked,
/// archives below 4 GiB. Written: stored. The order of the arrays is that of the archive.
public struct NPZFile: Sendable, Equatable {
  /// The arrays in the order of the archive, names without `.npy`.
  public let arrays: [NamedTensor]

  /// Contents for a file; names are checked on writing.
  public init(_ arrays: [NamedTensor]) { self.arrays = arrays }

  /// The array of a name. Cost: `O(number of arrays)`.
  public subscript(name: String) -> AnyTensor? { arrays.first { $0.name == name }?.tensor }

  /// Reads a file. Cost: one copy of its largest array beside the result.
  /// - Throws: ``FormatError``.
  public static func read(from url: URL) throws(FormatError) -> NPZFile {
    try NPZFile(ByteSource(url))
  }

  /// Reads a file held in memory; `name` stands for its path in errors.
  /// - Throws: ``FormatError``.
  public init(bytes: [UInt8], name: String) throws(FormatError) {
    try self.init(ByteSource(bytes, name: name))
  }

  private init(_ source: ByteSource) throws(FormatError) {
    let archive = try ZipArchive(source)
    var arrays = [NamedTensor]()
    for member in archive.members {
      let name = try member.arrayName(in: source)
      let contents = try archive.contents(of: member)
      let array = try NPYFile(bytes: contents, name: "\(source.name)/\(member.name)")
      arrays.append(NamedTensor(name, array.tensor))
    }
    self.arrays = arrays
  }

  /// Writes the file, whole or not at all.
  /// - Throws: ``FormatError``, also for repeated names or more than 4 GiB.
  public func write(to url: URL) throws(FormatError) {
    try AtomicFile.write(encoded(name: url.path), to: url)
  }

  /// The bytes of the file; `name` stands for its path in errors.
  /// - Throws: ``FormatError`` for repeated or overlong names or more than 4 GiB.
  public func encoded(name: String) throws(FormatError) -> [UInt8] {
    var seen = Set<String>()
    var writer = ZipWriter()
    for array in arrays {
      guard seen.insert(array.name).inserted, array.name.utf8.count < 60_000 else {
        throw FormatError(
          .unsupported, file: name,
          problem: "the array name \(array.name.quoted) is taken or too long",
          remedy: "give every array a name of its own")
      }
      writer.append(NPYFile(array.tensor).bytes, name: array.name + ".npy")
    }
    return try writer.finished(file: name)
  }
}

extension ZipArchive.Member {
  /// The name of the array that a member holds.
  func arrayName(in source: ByteSource) throws(FormatError) -> String {
    guard name.hasSuffix(".npy") else {
      throw FormatError(
        .unsupported, file: source.name, offset: start,
        problem: "member \(name.quoted) is not an NPY array", remedy: "save with numpy.savez")
    }
    return String(name.dropLast(4))
  }
}
