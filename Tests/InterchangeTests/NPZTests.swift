import Foundation
import Tensors
import Testing

@testable import Interchange

@Suite("NPZ") struct NPZTests {
  static func arrays() throws -> [NamedTensor] {
    [
      NamedTensor("weight", .float32(try Ramp.reals([2, 3]))),
      NamedTensor("step", .int64(try Ramp.integers([4], from: -3))),
    ]
  }

  @Test("NumPy's files are read, stored and deflated", arguments: ["stored.npz", "deflated.npz"])
  func reads(name: String) throws {
    let file = try NPZFile.read(from: fixture(name))
    #expect(try file.arrays == Self.arrays())
    #expect(try file["weight"] == .float32(Ramp.reals([2, 3])))
    #expect(file["missing"] == nil)
  }

  @Test("what we write comes back, names and order included")
  func roundTrip() throws {
    let scratch = try Scratch()
    let file = NPZFile(
      try Self.arrays() + [
        NamedTensor("a/\u{E9}", .float64(try Ramp.reals([]))),
        NamedTensor("empty", .uint8(try Ramp.integers([3, 0], from: 0))),
        NamedTensor("", .uint64(IntegerTensor([.max]))),
      ])
    try file.write(to: scratch.file("a.npz"))
    #expect(try NPZFile.read(from: scratch.file("a.npz")) == file)
    try NPZFile([]).write(to: scratch.file("none.npz"))
    #expect(try NPZFile.read(from: scratch.file("none.npz")).arrays.isEmpty)
  }

  @Test("a name given twice is not written")
  func repeatedName() throws {
    let array = try #require(Self.arrays().first)
    #expect(
      try formatError { _ = try NPZFile([array, array]).encoded(name: "x") }.kind == .unsupported)
  }

  @Test("every truncation is refused", arguments: ["stored.npz", "deflated.npz"])
  func truncated(name: String) throws {
    expectPrefixesRefused(try fixtureBytes(name)) { _ = try NPZFile(bytes: $0, name: name) }
  }

  @Test(
    "a changed byte never crashes and never changes a value unnoticed",
    arguments: ["stored.npz", "deflated.npz"])
  func mutated(name: String) throws {
    let original = try Self.arrays().map(\.tensor)
    let refused = refusedMutations(of: try fixtureBytes(name)) { bytes in
      let arrays = try NPZFile(bytes: bytes, name: name).arrays
      #expect(arrays.map(\.tensor) == original)
    }
    #expect(refused > 0)
  }

  @Test("members that share data are refused")
  func overlap() throws {
    var bytes = try NPZFile(Self.arrays()).encoded(name: "x")
    // The second directory entry's start, 4 bytes before its name, set to the first member's.
    let name = Array("step.npy".utf8)
    let place = try #require(
      bytes.indices.last { bytes[$0...].starts(with: name) })
    for offset in 1...4 { bytes[place - offset] = 0 }
    let error = try formatError { _ = try NPZFile(bytes: bytes, name: "x") }
    #expect(error.problem.contains("overlaps"))
  }

  @Test("a member that announces more than its data can hold is refused before it is unpacked")
  func bomb() throws {
    var bytes = try fixtureBytes("deflated.npz")
    let name = Array("weight.npy".utf8)
    let entry = try #require(bytes.indices.last { bytes[$0...].starts(with: name) }) - 46
    for (offset, byte) in ([0, 0, 0, 0xF0] as [UInt8]).enumerated() { bytes[entry + 24 + offset] = byte }
    #expect(try formatError { _ = try NPZFile(bytes: bytes, name: "x") }.kind == .tooLarge)
  }

  @Test("a member that is no array is refused")
  func foreign() throws {
    var writer = ZipWriter()
    writer.append([1, 2, 3], name: "readme.txt")
    let bytes = try writer.finished(file: "x")
    #expect(try formatError { _ = try NPZFile(bytes: bytes, name: "x") }.kind == .unsupported)
  }
}
