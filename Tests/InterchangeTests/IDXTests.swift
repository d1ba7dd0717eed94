import Foundation
import Tensors
import Testing

@testable import Interchange

@Suite("IDX") struct IDXTests {
  @Test(
    "images are read plain, compressed, and compressed in several members",
    arguments: ["images.idx", "images.idx.gz", "members.idx.gz"])
  func images(name: String) throws {
    #expect(try IDXFile.images(from: fixture(name)) == Ramp.integers([3, 2, 4], from: 0))
  }

  @Test func labelsAreRead() throws {
    #expect(try IDXFile.labels(from: fixture("labels.idx.gz")) == Ramp.integers([3], from: 0))
  }

  @Test("the other element types are read")
  func elementTypes() throws {
    for name in ["i1", "i2", "i4"] {
      let file = try IDXFile.read(from: fixture("\(name).idx"))
      #expect(file.tensor == .int64(try Ramp.integers([2, 5], from: -3)))
    }
    #expect(
      try IDXFile.read(from: fixture("f4.idx")).tensor == .float32(Ramp.reals([2, 5])))
    #expect(
      try IDXFile.read(from: fixture("f8.idx")).tensor == .float64(Ramp.reals([2, 5])))
  }

  @Test("what we write is byte for byte what the other program wrote")
  func writes() throws {
    let scratch = try Scratch()
    for name in ["images.idx", "f4.idx", "f8.idx"] {
      let file = try IDXFile.read(from: fixture(name))
      try file.write(to: scratch.file(name))
      #expect(try Data(contentsOf: scratch.file(name)) == Data(contentsOf: fixture(name)))
    }
  }

  @Test("64-bit integers have no form in IDX and are not written")
  func unsupported() throws {
    let scratch = try Scratch()
    let file = IDXFile(.int64(IntegerTensor([1, 2])))
    #expect(try formatError { try file.write(to: scratch.file("x")) }.kind == .unsupported)
    #expect(try scratch.names() == [])
  }

  @Test("labels in place of images are refused")
  func exchanged() throws {
    let error = try formatError { _ = try IDXFile.images(from: fixture("labels.idx.gz")) }
    #expect(error.description.contains("shape [3]"))
    #expect(error.description.contains("exchanged"))
    #expect(throws: FormatError.self) { try IDXFile.labels(from: fixture("images.idx")) }
    #expect(throws: FormatError.self) { try IDXFile.labels(from: fixture("f4.idx")) }
  }

  @Test(
    "every truncation is refused", arguments: ["images.idx", "images.idx.gz", "members.idx.gz"])
  func truncated(name: String) throws {
    expectPrefixesRefused(try fixtureBytes(name)) { _ = try IDXFile(bytes: $0, name: name) }
  }

  @Test("damage in a compressed file is found by its check sum")
  func damaged() throws {
    let bytes = try fixtureBytes("images.idx.gz")
    // Of the 18 bytes around the data only time, flags and system (6 bytes) carry no meaning.
    let refused = refusedMutations(of: bytes) { _ = try IDXFile(bytes: $0, name: "x") }
    #expect(refused >= 3 * (bytes.count - 8))
  }

  static let hostile: [(String, [UInt8], FormatError.Kind)] = [
    ("empty", [], .truncated),
    ("not IDX", [1, 2, 8, 1, 0, 0, 0, 0], .corrupt),
    ("unknown type", [0, 0, 7, 1, 0, 0, 0, 0], .unsupported),
    ("200 axes", [0, 0, 8, 200] + [UInt8](repeating: 0, count: 800), .unsupported),
    ("product overflows", [0, 0, 8, 3] + [UInt8](repeating: 255, count: 12), .tooLarge),
    (
      "overflow behind a zero", [0, 0, 8, 4, 0, 0, 0, 0] + [UInt8](repeating: 255, count: 12),
      .tooLarge
    ),
    ("4 GB announced", [0, 0, 8, 1, 255, 255, 255, 255, 1], .truncated),
    ("bytes left over", [0, 0, 8, 1, 0, 0, 0, 1, 5, 6], .corrupt),
  ]

  @Test("hostile headers are refused", arguments: hostile.indices)
  func hostileHeaders(index: Int) throws {
    let (label, bytes, kind) = Self.hostile[index]
    let error = try formatError { _ = try IDXFile(bytes: bytes, name: label) }
    #expect(error.kind == kind, "\(error)")
  }

  @Test("a compressed file is unpacked no further than its own length allows")
  func bomb() throws {
    // The header of 4 GB of bytes, in a valid gzip stream of 31 bytes.
    let labels = try fixtureBytes("labels.idx.gz")
    #expect(labels.count == 31)
    let stored: [UInt8] = [0, 0, 8, 1, 0x7F, 0xFF, 0xFF, 0xFF]
    let gzip: [UInt8] =
      [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1, 8, 0, 0xF7, 0xFF] + stored
      + [0, 0, 0, 0, 8, 0, 0, 0]
    var crc = stored.zipCheckSum
    var bytes = gzip
    for place in 23..<27 {
      bytes[place] = UInt8(truncatingIfNeeded: crc)
      crc >>= 8
    }
    let error = try formatError { _ = try IDXFile(bytes: bytes, name: "bomb") }
    #expect(error.kind == .tooLarge, "\(error)")
  }

  @Test("a stream longer than its header announces is refused")
  func longer() throws {
    let bytes = try fixtureBytes("images.idx.gz") + fixtureBytes("labels.idx.gz")
    let error = try formatError { _ = try IDXFile(bytes: bytes, name: "x") }
    #expect(error.problem.contains("more than the 40 bytes"))
  }

  @Test(
    "arrays without elements and scalars go there and back", arguments: [[0], [0, 3], [], [1]])
  func smallShapes(shape: [Int]) throws {
    let tensor = AnyTensor.uint8(try Ramp.integers(shape, from: 9))
    let bytes = try IDXHeader.encode(tensor, file: "x")
    #expect(try IDXFile(bytes: bytes, name: "x").tensor == tensor)
  }
}
