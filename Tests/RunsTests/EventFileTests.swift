import Foundation
import Testing

@testable import Runs

@Suite struct EventFileTests {
  /// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
  @Test(
    arguments: [
      ([UInt8](repeating: 0, count: 32), UInt32(0x8a91_36aa)),
      ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
      ([UInt8](0..<32), 0x46dd_794e),
      ([UInt8]((0..<32).reversed()), 0x113f_db5c),
      ([UInt8]("123456789".utf8), 0xe306_9283),
      ([], 0),
    ] as [([UInt8], UInt32)])
  func checksumsAreThePublishedOnes(bytes: [UInt8], checksum: UInt32) {
    #expect(CRC32C.checksum(bytes) == checksum)
  }

  @Test func theMaskIsARotationAndAConstant() {
    #expect(CRC32C.masked([UInt8]("123456789".utf8)) == 0xc78a_b0e5)
  }

  @Test func recordsAreFramedAsTensorBoardReadsThem() throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    let date = Date(timeIntervalSince1970: 1_700_000_000.5)
    let events = try EventFile(in: folder, resumingAfter: 41, at: date)
    let picture = try #require(EventValue.picture("p", png: tinyPNG))
    try events.write([.scalar("loss", 0.5), picture], step: 300, at: date)
    #expect(events.url.lastPathComponent.hasPrefix("events.out.tfevents.1700000000."))

    let records = try Self.records(in: [UInt8](Data(contentsOf: events.url)))
    #expect(records.count == 3)
    #expect(
      Self.fields(records[0]) == [1: Self.bytes(1_700_000_000.5), 3: [UInt8]("brain.Event:2".utf8)])
    #expect(
      Self.fields(records[1]) == [1: Self.bytes(1_700_000_000.5), 2: [42], 7: [0x08, 0x01]])
    let event = Self.fields(records[2])
    #expect(event[2] == [0xac, 0x02])
    let scalar: [UInt8] = [0x0a, 4] + "loss".utf8 + [0x15, 0, 0, 0, 0x3f]
    let image: [UInt8] = [0x08, 1, 0x10, 1, 0x18, 1, 0x22, UInt8(tinyPNG.count)] + tinyPNG
    let value: [UInt8] = [0x0a, 1, UInt8(ascii: "p"), 0x22, UInt8(image.count)] + image
    #expect(
      event[5] == [0x0a, UInt8(scalar.count)] + scalar + [0x0a, UInt8(value.count)] + value)
  }

  @Test func twoFilesOfOneSecondHaveDifferentNames() throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    let first = try EventFile(in: folder, at: Date(timeIntervalSince1970: 0))
    let second = try EventFile(in: folder, at: Date(timeIntervalSince1970: 0))
    #expect(first.url != second.url)
  }

  @Test func whatIsNotAPNGIsNoPicture() {
    #expect(EventValue.picture("p", png: Data("GIF89a".utf8)) == nil)
    #expect(EventValue.picture("p", png: tinyPNG.prefix(20)) == nil)
  }

  @Test func aHistoryRowGivesAScalarForEachMeasuredNumber() {
    let values = row(epoch: 1, layers: 1).eventValues
    #expect(
      values.map(\.tag) == [
        "loss/training", "loss/validation", "solver/nudge", "solver/step_factor", "penalty/layer_1",
        "gap/layer_1", "active/layer_1",
      ])
    #expect(values.map(\.content).suffix(2) == [.scalar(0.25), .scalar(0.5)])
  }

  // An independent reader: frames with a bitwise CRC, and protobuf fields by hand.

  private struct Damage: Error {}

  private static func records(in file: [UInt8]) throws -> [[UInt8]] {
    var rest = file[...]
    var records: [[UInt8]] = []
    while !rest.isEmpty {
      let head = try take(8, from: &rest)
      guard try number(take(4, from: &rest)) == maskedBitwise(head) else { throw Damage() }
      let body = try take(number(head), from: &rest)
      guard try number(take(4, from: &rest)) == maskedBitwise(body) else { throw Damage() }
      records.append(body)
    }
    return records
  }

  private static func take(_ count: Int, from rest: inout ArraySlice<UInt8>) throws -> [UInt8] {
    guard rest.count >= count else { throw Damage() }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  private static func number(_ bytes: [UInt8]) -> Int {
    bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private static func maskedBitwise(_ bytes: [UInt8]) -> Int {
    var crc: UInt32 = 0xffff_ffff
    for byte in bytes {
      for bit in 0..<8 {
        let isOdd = (crc ^ UInt32(byte >> bit)) & 1 == 1
        crc = crc >> 1 ^ (isOdd ? 0x82f6_3b78 : 0)
      }
    }
    crc = ~crc
    return Int((crc >> 15 | crc << 17) &+ 0xa282_ead8)
  }

  /// The raw value of each field of a message (varint, 64-bit and length-delimited ones).
  private static func fields(_ message: [UInt8]) -> [Int: [UInt8]] {
    var rest = message[...]
    var fields: [Int: [UInt8]] = [:]
    while let key = rest.popFirst() {
      switch key & 7 {
      case 0: fields[Int(key >> 3)] = varint(from: &rest)
      case 1: fields[Int(key >> 3)] = (try? take(8, from: &rest)) ?? []
      default:
        let length = varint(from: &rest).reversed().reduce(0) { $0 << 7 | Int($1 & 127) }
        fields[Int(key >> 3)] = (try? take(length, from: &rest)) ?? []
      }
    }
    return fields
  }

  private static func varint(from rest: inout ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      bytes.append(byte)
      if byte < 128 { break }
    }
    return bytes
  }

  private static func bytes(_ value: Double) -> [UInt8] {
    withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
  }
}
