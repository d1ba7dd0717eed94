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

  /// Reads a file. Cost: one copy of the file and of its largest array beside the result.
  /// - Throws: ``FormatError``.
  public static func read(from url: URL) throws(FormatError) -> NPZFile {
    try NPZFile(bytes: FileBytes.read(url), name: url.path)
  }

  /// Reads a file held in memory; `name` stands for its path in errors.
  /// - Throws: ``FormatError``.
  public init(bytes: [UInt8], name: String) throws(FormatError) {
    let archive = try ZipArchive(bytes, file: name)
    var arrays = [NamedTensor]()
    for member in archive.members {
      guard member.name.hasSuffix(".npy") else {
        throw FormatError(
          .unsupported, file: name, offset: member.start,
          problem: "member \(member.name.quoted) is not an NPY array",
          remedy: "save with numpy.savez")
      }
      let contents = try archive.contents(of: member)
      let array = try NPYFile(bytes: contents, name: "\(name)/\(member.name)")
      arrays.append(NamedTensor(String(member.name.dropLast(4)), array.tensor))
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
