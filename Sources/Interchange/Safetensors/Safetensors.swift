import Foundation
import Tensors

/// A safetensors file: named tensors and a little text, the format of PyTorch weights.
///
///     header length, 64 bits | header, JSON | elements, little-endian, row-major
///
/// The order of the entries is that of the header, on reading and on writing. `F32`, `F64`, `U8`,
/// `I64` and `U64` come back exactly as written; see ``AnyTensor`` for the others.
/// Source: the format's specification, github.com/huggingface/safetensors.
public struct Safetensors: Sendable, Equatable {
  /// The tensors in the order of the header.
  public let entries: [NamedTensor]
  /// Free text by key, `__metadata__` in the file.
  public let metadata: [String: String]

  /// Contents for a file; names are checked on writing.
  public init(entries: [NamedTensor], metadata: [String: String] = [:]) {
    self.entries = entries
    self.metadata = metadata
  }

  /// The same from pairs of name and tensor.
  public init(entries: [(String, AnyTensor)], metadata: [String: String] = [:]) {
    self.init(entries: entries.map { NamedTensor($0, $1) }, metadata: metadata)
  }

  /// The tensor of a name. Cost: `O(number of entries)`.
  public subscript(name: String) -> AnyTensor? { entries.first { $0.name == name }?.tensor }

  /// Reads a file. Cost: one copy of the file beside the result.
  /// - Throws: ``FormatError``.
  public static func read(from url: URL) throws(FormatError) -> Safetensors {
    try Safetensors(bytes: FileBytes.read(url), name: url.path)
  }

  /// Writes the file, whole or not at all.
  /// - Throws: ``FormatError``, also for repeated names or one called `__metadata__`.
  public func write(to url: URL) throws(FormatError) {
    try AtomicFile.write(encoded(name: url.path), to: url)
  }
}
