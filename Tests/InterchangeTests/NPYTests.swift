import Foundation
import Tensors
import Testing

@testable import Interchange

@Suite("NPY") struct NPYTests {
  private func read(_ name: String) throws -> AnyTensor {
    try NPYFile.read(from: fixture(name)).tensor
  }

  private let shape = [2, 3, 4]

  @Test("real numbers in either byte order, C and Fortran order, versions 1 to 3")
  func reals() throws {
    let float = AnyTensor.float32(try Ramp.reals(shape))
    for name in ["f2", "f2-big", "f4", "f4-big", "f4-fortran", "version2", "version3"] {
      #expect(try read("\(name).npy") == float, "\(name)")
    }
    for name in ["f8", "f8-big"] {
      #expect(try read("\(name).npy") == .float64(Ramp.reals(shape)), "\(name)")
    }
  }

  @Test("integers and booleans")
  func integers() throws {
    for name in ["i1", "i2", "i4", "i4-big", "i8"] {
      #expect(try read("\(name).npy") == .int64(Ramp.integers(shape, from: -3)), "\(name)")
    }
    for name in ["u2", "u2-big", "u4"] {
      #expect(try read("\(name).npy") == .int64(Ramp.integers(shape, from: 0)), "\(name)")
    }
    #expect(try read("u1.npy") == .uint8(Ramp.integers(shape, from: 0)))
    #expect(try read("u8.npy") == .uint64(Ramp.integers(shape, from: 0)))
    #expect(try read("b1.npy") == .uint8(Ramp.odd(shape)))
    #expect(try read("i4-fortran-big.npy") == .int64(Ramp.integers([3, 5], from: -3)))
  }

  @Test("scalars and arrays without elements")
  func smallShapes() throws {
    #expect(try read("scalar.npy") == .float64(Ramp.reals([])))
    #expect(try read("empty.npy") == .float32(Tensor(shape: [0, 3])))
  }

  @Test(
    "what we write is byte for byte what NumPy wrote",
    arguments: ["f4", "f8", "u1", "i8", "u8", "scalar", "empty"])
  func writes(name: String) throws {
    let scratch = try Scratch()
    let target = scratch.file("\(name).npy")
    try NPYFile.read(from: fixture("\(name).npy")).write(to: target)
    #expect(try Data(contentsOf: target) == Data(contentsOf: fixture("\(name).npy")))
  }

  @Test(
    "objects, structures, complex numbers and text are refused",
    arguments: ["object", "structured", "complex", "text"])
  func unsupported(name: String) throws {
    #expect(try formatError { _ = try read("\(name).npy") }.kind == .unsupported)
  }

  @Test("every half is the number its bits say")
  func halves() {
    for bits in UInt16.min ... .max {
      let (exponent, fraction) = (Int(bits >> 10 & 31), Double(bits & 1023))
      let sign: Double = bits >> 15 == 1 ? -1 : 1
      let decoded = Float(half: bits)
      #expect(decoded.sign == (sign < 0 ? .minus : .plus))
      switch exponent {
      case 31 where fraction > 0: #expect(decoded.isNaN)
      case 31: #expect(decoded == Float(sign) * .infinity)
      case 0: #expect(Double(decoded) == sign * fraction * 0x1p-24)
      default:
        let power = Double(sign: .plus, exponent: exponent - 15, significand: 1)
        #expect(Double(decoded) == sign * power * (1 + fraction / 1024))
      }
    }
  }

  @Test("every truncation is refused", arguments: ["f4.npy", "version3.npy", "scalar.npy"])
  func truncated(name: String) throws {
    expectPrefixesRefused(try fixtureBytes(name)) { _ = try NPYFile(bytes: $0, name: name) }
  }

  @Test("no changed byte leads to a crash, and most of the header is checked")
  func mutated() throws {
    let bytes = try fixtureBytes("i4-fortran-big.npy")
    let refused = refusedMutations(of: bytes) { _ = try NPYFile(bytes: $0, name: "x") }
    #expect(refused > 3 * 120)
  }

  /// A file with this header and payload.
  static func file(_ header: String, payload: Int = 0, version: [UInt8] = [1, 0]) -> [UInt8] {
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + version
    bytes.append(littleEndian: UInt16(header.utf8.count))
    return bytes + Array(header.utf8) + [UInt8](repeating: 0, count: payload)
  }

  static let hostile: [(String, [UInt8], FormatError.Kind)] = [
    ("not NPY", Array("hello, world".utf8), .corrupt),
    ("version 4", file("{}", version: [4, 0]), .unsupported),
    ("empty dictionary", file("{}"), .corrupt),
    ("call", file("{'descr': str(), 'fortran_order': False, 'shape': (1,), }"), .corrupt),
    ("twice", file("{'descr': '<f4', 'descr': '<f4', 'shape': (0,), }"), .corrupt),
    ("unknown key", file("{'evil': '<f4'}"), .corrupt),
    ("negative", file("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"), .corrupt),
    (
      "past Int", file("{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999999999999,)}"),
      .corrupt
    ),
    (
      "overflow",
      file("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0)}"),
      .tooLarge
    ),
    (
      "terabytes", file("{'descr': '<f4', 'fortran_order': True, 'shape': (1000000000000,)}"),
      .truncated
    ),
    (
      "left over", file("{'descr': '<f4', 'fortran_order': True, 'shape': (1,)}", payload: 5),
      .corrupt
    ),
    (
      "goes on", file("{'descr': '<f4', 'fortran_order': True, 'shape': (1,)} + 1", payload: 4),
      .corrupt
    ),
    (
      "no byte order", file("{'descr': '|f4', 'fortran_order': True, 'shape': (1,)}", payload: 4),
      .unsupported
    ),
    (
      "65 axes",
      file(
        "{'descr': '|u1', 'fortran_order': True, 'shape': ("
          + String(repeating: "1,", count: 65) + ")}", payload: 1), .tooLarge
    ),
    ("header of 4 GB", [0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255], .tooLarge),
  ]

  @Test("hostile headers are refused", arguments: hostile.indices)
  func hostileHeaders(index: Int) throws {
    let (label, bytes, kind) = Self.hostile[index]
    let error = try formatError { _ = try NPYFile(bytes: bytes, name: label) }
    #expect(error.kind == kind, "\(error)")
  }
}
