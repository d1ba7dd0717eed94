import Foundation
import Testing

@testable import Interchange

@Suite("Some images of an IDX file") struct IDXImagesTests {
  /// Reads bytes from a file as training does: the header, then all images or some.
  private func images(
    _ bytes: [UInt8], _ numbers: [Int]? = nil, in scratch: borrowing Scratch
  ) throws -> [UInt8] {
    let file = scratch.file("images")
    try Data(bytes).write(to: file)
    let images = try IDXImages(file)
    return try images.pixels(of: numbers ?? Array(0..<images.shape[0]))
  }

  private static let names = ["images.idx", "images.idx.gz", "members.idx.gz"]

  @Test("any of them are those of the whole file", arguments: names)
  func some(name: String) throws {
    let whole = try IDXFile.images(from: fixture(name))
    let images = try IDXImages(fixture(name))
    #expect(images.shape == whole.shape && whole.shape[0] == 3)
    for numbers in [[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]] {
      let expected = numbers.flatMap { whole.scalars[($0 * 8)..<(($0 + 1) * 8)] }
      #expect(try images.pixels(of: numbers) == expected)
    }
  }

  @Test("more than a piece of the file is read, plain and compressed")
  func pieces() throws {
    let scratch = try Scratch()
    // 300 images of 1000 bytes that do not compress, so that pieces end anywhere.
    var state: UInt32 = 1
    let pixels = (0..<300_000).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
    let file = IDXFile(.uint8(try IntegerTensor(shape: [300, 20, 50], scalars: pixels)))
    try file.write(to: scratch.file("plain"))
    let plain = [UInt8](try Data(contentsOf: scratch.file("plain")))
    let numbers = [0, 3, 64, 65, 66, 130, 299]
    let expected = numbers.flatMap { pixels[($0 * 1000)..<(($0 + 1) * 1000)] }
    for bytes in [plain, storedGzip(plain)] {
      #expect(try images(bytes, numbers, in: scratch) == expected)
      #expect(try images(bytes, in: scratch) == pixels)
      #expect(throws: FormatError.self) { try images(bytes.dropLast(70_000), in: scratch) }
    }
  }

  @Test("every truncation is refused, whichever images are asked for", arguments: names)
  func truncated(name: String) throws {
    let scratch = try Scratch()
    for numbers in [[], [0], [2]] {
      expectPrefixesRefused(try fixtureBytes(name)) { _ = try images($0, numbers, in: scratch) }
    }
  }

  @Test("damage is found in what is passed over, too")
  func damaged() throws {
    let scratch = try Scratch()
    let bytes = try fixtureBytes("images.idx.gz")
    let refused = refusedMutations(of: bytes) { _ = try images($0, [1], in: scratch) }
    #expect(refused >= 3 * (bytes.count - 8))
  }

  @Test("hostile headers are refused as in a whole file")
  func hostile() throws {
    let scratch = try Scratch()
    for (label, bytes, kind) in IDXTests.hostile {
      let error = try formatError { _ = try images(bytes, in: scratch) }
      // What holds no images is told before how long it is.
      #expect(error.kind == kind || error.kind == .unsupported, "\(label): \(error)")
    }
    let longer = try fixtureBytes("images.idx.gz") + fixtureBytes("labels.idx.gz")
    let error = try formatError { _ = try images(longer, in: scratch) }
    #expect(error.problem.contains("more than the 40 bytes"))
    let plain = try formatError {
      _ = try images(fixtureBytes("images.idx") + [1, 2], in: scratch)
    }
    #expect(plain.problem.contains("2 bytes follow"))
    let header: [UInt8] = [0, 0, 8, 3] + [0x7F, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0]
    let bomb = try formatError { _ = try images(storedGzip(header), in: scratch) }
    #expect(bomb.kind == .tooLarge)
  }

  @Test("labels in place of images are refused, and what is no file")
  func exchanged() throws {
    let error = try formatError { _ = try IDXImages(fixture("labels.idx.gz")) }
    #expect(error.description.contains("shape [3]") && error.description.contains("exchanged"))
    #expect(throws: FormatError.self) { try IDXImages(fixture("f4.idx")) }
    #expect(try formatError { _ = try IDXImages(fixture("none")) }.kind == .unreadable)
    let folder = FileManager.default.temporaryDirectory
    #expect(try formatError { _ = try IDXImages(folder) }.problem.contains("not a regular file"))
  }

  /// A gzip file of stored blocks.
  private func storedGzip(_ bytes: [UInt8]) -> [UInt8] {
    var gzip: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    for start in stride(from: 0, to: bytes.count, by: 50_000) {
      let block = bytes[start..<min(start + 50_000, bytes.count)]
      gzip.append(start + 50_000 >= bytes.count ? 1 : 0)
      gzip.append(littleEndian: UInt16(block.count))
      gzip.append(littleEndian: ~UInt16(block.count))
      gzip += block
    }
    gzip.append(littleEndian: bytes.zipCheckSum)
    gzip.append(littleEndian: UInt32(bytes.count))
    return gzip
  }
}
