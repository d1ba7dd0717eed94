import Foundation
import Tensors
import Testing

@testable import Interchange

/// A file written by another program; see Fixtures/make_fixtures.py.
func fixture(_ name: String) -> URL {
  Bundle.module.bundleURL.appendingPathComponent("Fixtures").appendingPathComponent(name)
}

func fixtureBytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: fixture(name))) }

/// A folder of its own for a test, removed after it.
struct Scratch: ~Copyable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("interchange-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  /// Names in the folder, hidden ones too.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
  }
}

/// The fixtures' values: element `i` is `i / 2 - 3`, `i - 3`, `i`, or whether `i` is odd.
enum Ramp {
  static func reals<S: TensorScalar>(_ shape: [Int], _ type: S.Type = S.self) throws -> Tensor<S> {
    try Tensor(shape: shape, scalars: (0..<shape.reduce(1, *)).map { S($0) / 2 - 3 })
  }

  static func integers<I: FixedWidthInteger & Sendable>(
    _ shape: [Int], from first: I, _ type: I.Type = I.self
  ) throws -> IntegerTensor<I> {
    try IntegerTensor(shape: shape, scalars: (0..<shape.reduce(1, *)).map { I($0) + first })
  }

  static func odd(_ shape: [Int]) throws -> IntegerTensor<UInt8> {
    try IntegerTensor(shape: shape, scalars: (0..<shape.reduce(1, *)).map { UInt8($0 % 2) })
  }
}

/// The error a body throws; the test fails if it throws none.
func formatError(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws -> FormatError {
  let error = #expect(throws: FormatError.self, sourceLocation: sourceLocation) { try body() }
  return try #require(error, sourceLocation: sourceLocation)
}

/// Every proper prefix of a file must be refused.
func expectPrefixesRefused(
  _ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation,
  _ read: ([UInt8]) throws -> Void
) {
  for count in bytes.indices {
    #expect(throws: FormatError.self, "prefix of \(count)", sourceLocation: sourceLocation) {
      try read(Array(bytes.prefix(count)))
    }
  }
}

/// Reads the file with every byte in turn changed in several ways: values or errors, no crash.
/// Returns how many were refused.
func refusedMutations(of bytes: [UInt8], _ read: ([UInt8]) throws -> Void) -> Int {
  var refused = 0
  for place in bytes.indices {
    for mask in [0x01, 0x80, 0xFF] as [UInt8] {
      var damaged = bytes
      damaged[place] ^= mask
      do { try read(damaged) } catch { refused += 1 }
    }
  }
  return refused
}
