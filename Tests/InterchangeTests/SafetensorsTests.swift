import Foundation
import Tensors
import Testing

@testable import Interchange

@Suite("Safetensors") struct SafetensorsTests {
  @Test("PyTorch's file is read: types, names with escapes, text")
  func reads() throws {
    let file = try Safetensors.read(from: fixture("torch.safetensors"))
    #expect(file.entries.count == 11)
    #expect(file.metadata == ["format": "pt", "note": "a \"b\"\\\n\u{E9}"])
    let expected: [(String, AnyTensor)] = [
      ("layer.0.weight", .float32(try Ramp.reals([2, 3]))),
      ("layer.0.bias", .float64(try Ramp.reals([2]))),
      ("half", .float32(try Ramp.reals([5]))),
      ("brain", .float32(try Ramp.reals([5]))),
      ("step", .int64(try Ramp.integers([3], from: -3))),
      ("small", .int64(try Ramp.integers([3], from: -3))),
      ("bytes", .uint8(try Ramp.integers([3], from: 0))),
      ("mask", .uint8(try Ramp.odd([3]))),
      ("scalar", .float32(try Ramp.reals([]))),
      ("empty", .float32(Tensor(shape: [0, 3]))),
      ("quote\"\\\n\u{E9}\u{1F600}", .float32(try Ramp.reals([1]))),
    ]
    for (name, tensor) in expected { #expect(file[name] == tensor, "\(name)") }
    #expect(file["missing"] == nil)
  }

  static func example() throws -> Safetensors {
    Safetensors(
      entries: [
        ("bytes", .uint8(try Ramp.integers([3], from: 0))),
        ("weight", .float32(try Ramp.reals([2, 3]))),
        ("counters", .uint64(IntegerTensor([0, .max, 1 << 53 + 1]))),
        ("bias", .float64(try Ramp.reals([2]))),
        ("scalar", .int64(try IntegerTensor(shape: [], scalars: [.min]))),
        ("empty", .float32(Tensor(shape: [4, 0]))),
        ("\u{1}\"\\\u{1F600}", .float32(Tensor(rows: [[.nan, -.infinity, -0.0]]))),
      ], metadata: ["b": "two\nlines", "a": "\u{7}"])
  }

  @Test("what we write comes back bit for bit, order and text included")
  func roundTrip() throws {
    let scratch = try Scratch()
    let target = scratch.file("a.safetensors")
    let example = try Self.example()
    try example.write(to: target)
    let back = try Safetensors.read(from: target)
    #expect(back.metadata == example.metadata)
    #expect(back.entries.map(\.name) == example.entries.map(\.name))
    // NaN differs from itself: the bytes are compared.
    #expect(try back.encoded(name: "x") == example.encoded(name: "x"))
    #expect(Array(back.entries.dropLast()) == Array(example.entries.dropLast()))
    try Safetensors(entries: [NamedTensor]()).write(to: target)
    #expect(try Safetensors.read(from: target).entries.isEmpty)
  }

  @Test("elements are aligned to their size, the header to 8 bytes")
  func alignment() throws {
    let bytes = try Self.example().encoded(name: "x")
    let size = bytes[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(size % 8 == 0)
    let header = try SafetensorsHeader(bytes[8..<8 + size], file: "x", base: 8)
    for entry in header.entries { #expect(entry.begin % entry.scalar.size == 0) }
  }

  @Test("names taken twice or reserved are not written", arguments: ["weight", "__metadata__"])
  func names(name: String) throws {
    let tensor = AnyTensor.float32(Tensor(shape: [1]))
    let file = Safetensors(entries: [("weight", tensor), (name, tensor)])
    #expect(try formatError { _ = try file.encoded(name: "x") }.kind == .unsupported)
  }

  @Test("a failed write leaves the old file as it was")
  func failedWrite() throws {
    let scratch = try Scratch()
    let target = scratch.file("a.safetensors")
    try Self.example().write(to: target)
    let before = try Data(contentsOf: target)
    let tensor = AnyTensor.float32(Tensor(shape: [1]))
    #expect(throws: FormatError.self) {
      try Safetensors(entries: [("a", tensor), ("a", tensor)]).write(to: target)
    }
    #expect(try Data(contentsOf: target) == before)
    #expect(try scratch.names() == ["a.safetensors"])
  }

  @Test("every truncation is refused")
  func truncated() throws {
    expectPrefixesRefused(try fixtureBytes("torch.safetensors")) {
      _ = try Safetensors(bytes: $0, name: "x")
    }
  }

  @Test("no changed byte leads to a crash, and most of the header is checked")
  func mutated() throws {
    let bytes = try Self.example().encoded(name: "x")
    let refused = refusedMutations(of: bytes) { _ = try Safetensors(bytes: $0, name: "x") }
    #expect(refused > bytes.count)
  }

  /// A file with this header and payload.
  static func file(_ header: String, payload: Int = 0) -> [UInt8] {
    var bytes = [UInt8]()
    bytes.append(littleEndian: UInt64(header.utf8.count))
    return bytes + Array(header.utf8) + [UInt8](repeating: 0, count: payload)
  }

  /// A header entry.
  static func entry(_ name: String, _ type: String, _ shape: String, _ offsets: String) -> String {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offsets)]}"
  }

  static let hostile: [(String, [UInt8], FormatError.Kind)] = [
    ("empty file", [], .truncated),
    ("huge header", [UInt8](repeating: 0xFF, count: 8), .tooLarge),
    ("100 MB and 1 byte", [0x01, 0xE1, 0xF5, 0x05, 0, 0, 0, 0], .tooLarge),
    ("header past the end", [100, 0, 0, 0, 0, 0, 0, 0, 0x7B], .truncated),
    ("empty header", file(""), .corrupt),
    ("no JSON", file("hello"), .corrupt),
    ("space first", file(" {}"), .corrupt),
    ("array", file("[]"), .corrupt),
    ("unfinished", file("{"), .corrupt),
    ("deep nesting", file("{\"a\":" + String(repeating: "[", count: 100_000)), .corrupt),
    ("goes on", file("{}{}"), .corrupt),
    ("trailing comma", file("{\(entry("a", "U8", "1", "0,1")),}", payload: 1), .corrupt),
    ("bad UTF-8", [4, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22, 0xFF, 0x22], .corrupt),
    ("half a surrogate", file("{\"__metadata__\":{\"\\ud800\":\"\"}}"), .corrupt),
    (
      "name twice",
      file("{\(entry("a", "U8", "1", "0,1")),\(entry("a", "U8", "1", "1,2"))}", payload: 2),
      .corrupt
    ),
    ("key twice", file("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}"), .corrupt),
    ("metadata twice", file("{\"__metadata__\":{},\"__metadata__\":{}}"), .corrupt),
    ("unknown key", file("{\"a\":{\"type\":\"U8\"}}"), .corrupt),
    ("no offsets", file("{\"a\":{\"dtype\":\"U8\",\"shape\":[0]}}"), .corrupt),
    ("one offset", file("{\(entry("a", "U8", "1", "0"))}", payload: 1), .corrupt),
    ("unknown type", file("{\(entry("a", "F7", "1", "0,1"))}", payload: 1), .unsupported),
    ("negative shape", file("{\(entry("a", "U8", "-1", "0,1"))}", payload: 1), .corrupt),
    ("leading zero", file("{\(entry("a", "U8", "01", "0,1"))}", payload: 1), .corrupt),
    ("broken shape", file("{\(entry("a", "U8", "1.5", "0,1"))}", payload: 1), .corrupt),
    (
      "extent past Int", file("{\(entry("a", "U8", "9223372036854775808", "0,1"))}", payload: 1),
      .corrupt
    ),
    (
      "product overflows",
      file("{\(entry("a", "U8", "4294967296,4294967296", "0,0"))}"), .tooLarge
    ),
    (
      "overflow behind a zero",
      file("{\(entry("a", "U8", "0,4294967296,4294967296", "0,0"))}"), .tooLarge
    ),
    ("shape and bytes differ", file("{\(entry("a", "F32", "2", "0,4"))}", payload: 4), .corrupt),
    ("backwards", file("{\(entry("a", "U8", "1", "1,0"))}", payload: 1), .corrupt),
    ("past the end", file("{\(entry("a", "U8", "2", "0,2"))}", payload: 1), .truncated),
    (
      "far past the end",
      file("{\(entry("a", "U8", "9223372036854775807", "0,9223372036854775807"))}", payload: 1),
      .tooLarge
    ),
    (
      "overlap",
      file("{\(entry("a", "U8", "2", "0,2")),\(entry("b", "U8", "2", "1,3"))}", payload: 3),
      .corrupt
    ),
    (
      "same bytes twice",
      file("{\(entry("a", "U8", "2", "0,2")),\(entry("b", "U8", "2", "0,2"))}", payload: 2),
      .corrupt
    ),
    (
      "hole",
      file("{\(entry("a", "U8", "1", "0,1")),\(entry("b", "U8", "1", "2,3"))}", payload: 3),
      .corrupt
    ),
    ("hole at the start", file("{\(entry("a", "U8", "1", "1,2"))}", payload: 2), .corrupt),
    ("bytes left over", file("{\(entry("a", "U8", "1", "0,1"))}", payload: 2), .corrupt),
  ]

  @Test("hostile headers are refused", arguments: hostile.indices)
  func hostileHeaders(index: Int) throws {
    let (label, bytes, kind) = Self.hostile[index]
    let error = try formatError { _ = try Safetensors(bytes: bytes, name: label) }
    #expect(error.kind == kind, "\(error)")
    #expect(!error.description.contains("\n"))
  }

  @Test("the table's well-formed neighbours are accepted")
  func accepted() throws {
    let header = "{\(Self.entry("a", "U8", "1", "0,1")),\(Self.entry("b", "U8", "2", "1,3"))}  "
    let file = try Safetensors(bytes: Self.file(header, payload: 3), name: "x")
    #expect(file.entries.map(\.name) == ["a", "b"])
    #expect(try Safetensors(bytes: Self.file("{}"), name: "x").entries.isEmpty)
  }
}
