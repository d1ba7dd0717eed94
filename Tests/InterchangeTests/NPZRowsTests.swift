import Foundation
import Tensors
import Testing

@testable import Interchange

@Suite("Some rows of the arrays of an NPZ file") struct NPZRowsTests {
  /// Reads every array of a file, some of its rows or all.
  private func arrays(
    _ bytes: [UInt8], rows: [Int]? = nil, in scratch: borrowing Scratch
  ) throws -> [AnyTensor?] {
    try Data(bytes).write(to: scratch.file("a.npz"))
    let file = try NPZRows(scratch.file("a.npz"))
    return try ["weight", "step"].map { try file.array($0, rows: rows) }
  }

  private static let names = ["stored.npz", "deflated.npz"]

  @Test("any of them are those of the whole array, stored and deflated", arguments: names)
  func some(name: String) throws {
    let file = try NPZRows(fixture(name))
    #expect(file.shape(of: "weight") == [2, 3] && file.shape(of: "missing") == nil)
    #expect(try file.array("missing") == nil)
    let weight = try Ramp.reals([2, 3], Float.self).scalars
    for rows in [[], [0], [1], [0, 1]] {
      let expected = try Tensor(
        shape: [rows.count, 3], scalars: rows.flatMap { weight[($0 * 3)..<(($0 + 1) * 3)] })
      #expect(try file.array("weight", rows: rows) == .float32(expected))
    }
    #expect(try file.array("step", rows: [1, 3]) == .int64(IntegerTensor([-2, 0])))
    #expect(try file.array("step") == .int64(Ramp.integers([4], from: -3)))
    #expect(!file.holdsBytes("weight"))
  }

  @Test("arrays in Fortran order are read, too")
  func columnMajor() throws {
    let scratch = try Scratch()
    var npy = NPYFile(try Ramp.reals([4, 2], Float.self)).bytes
    let order = Array("False".utf8)
    let place = try #require(npy.indices.first { npy[$0...].starts(with: order) })
    npy.replaceSubrange(place..<(place + 5), with: Array("True ".utf8))
    var writer = ZipWriter()
    writer.append(npy, name: "weight.npy")
    try Data(try writer.finished(file: "x")).write(to: scratch.file("f.npz"))
    // Columns first: 0 4, 1 5, 2 6, 3 7.
    let numbers = [0, 4, 1, 5, 2, 6, 3, 7].map { Float($0) / 2 - 3 }
    let file = try NPZRows(scratch.file("f.npz"))
    #expect(
      try file.array("weight") == .float32(Tensor(shape: [4, 2], scalars: numbers)))
    #expect(
      try file.array("weight", rows: [1, 3])
        == .float32(
          Tensor(shape: [2, 2], scalars: [numbers[2], numbers[3], numbers[6], numbers[7]])))
  }

  @Test(
    "every truncation is refused, and no changed byte changes a value unnoticed", arguments: names)
  func damaged(name: String) throws {
    let scratch = try Scratch()
    let bytes = try fixtureBytes(name)
    for rows in [nil, [1]] as [[Int]?] {
      expectPrefixesRefused(bytes) { _ = try arrays($0, rows: rows, in: scratch) }
      let original = try arrays(bytes, rows: rows, in: scratch)
      let refused = refusedMutations(of: bytes) { bytes in
        let found = try arrays(bytes, rows: rows, in: scratch)
        // A member under another name is not found.
        #expect(zip(found, original).allSatisfy { $0 == nil || $0 == $1 })
      }
      #expect(refused > bytes.count)
    }
  }
}
