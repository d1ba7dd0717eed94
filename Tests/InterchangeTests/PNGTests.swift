import Foundation
import Tensors
import Testing

@testable import Interchange

@Suite("PNG") struct PNGTests {
  private func codes(_ name: String, _ limit: Float) throws -> (shape: [Int], codes: [Int]) {
    let image = try PNGImage.read(from: fixture(name))
    return (image.pixels.shape, image.pixels.scalars.map { Int(($0 * limit).rounded()) })
  }

  @Test(
    "all 8-bit codes are read as stored, whatever the file says of gamma",
    arguments: ["grey8.png", "grey8-gamma.png"])
  func grey8(name: String) throws {
    let image = try PNGImage.read(from: fixture(name))
    #expect(image.depth == .eight)
    #expect(image.pixels.shape == [16, 16])
    #expect(image.pixels.scalars == (0..<256).map { (i: Int) in Float(i) / 255 })
  }

  @Test(
    "16-bit codes are read as stored, whatever the file says of colour space",
    arguments: ["grey16.png", "grey16-srgb.png"])
  func grey16(name: String) throws {
    let image = try PNGImage.read(from: fixture(name))
    #expect(image.depth == .sixteen)
    #expect(image.pixels.shape == [32, 32])
    let codes = (0..<1024).map { (i: Int) in i * 65535 / 1023 }
    #expect(image.pixels.scalars == codes.map { Float($0) / 65535 })
  }

  @Test("colour and transparency are read, also at 16 bits")
  func colour() throws {
    #expect(try codes("rgb8.png", 255) == ([2, 4, 3], (0..<24).map { $0 * 10 }))
    #expect(try codes("rgb16.png", 65535) == ([2, 4, 3], (0..<24).map { $0 * 2000 }))
    #expect(try codes("rgba8.png", 255) == ([2, 4, 4], (0..<32).map { $0 * 8 }))
    #expect(try codes("greya8.png", 255) == ([2, 4, 2], (0..<16).map { $0 * 16 }))
    let opaque = (0..<32).map { $0 % 4 == 3 ? 65535 : $0 * 2000 }
    #expect(try codes("rgba16.png", 65535) == ([2, 4, 4], opaque))
  }

  @Test("one bit and palettes are expanded")
  func expanded() throws {
    #expect(try codes("grey1.png", 1) == ([3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]))
    let (red, blue) = ([255, 0, 0], [0, 51, 204])
    #expect(try codes("palette.png", 255) == ([2, 2, 3], red + blue + blue + red))
  }

  @Test("what we write comes back: every code, grey and colour, both depths")
  func roundTrip() throws {
    let scratch = try Scratch()
    let eight = (0..<768).map { Float($0 % 256) / 255 }
    let sixteen = (0..<65536 * 3).map { Float($0 % 65536) / 65535 }
    let images = [
      PNGImage(try Tensor(shape: [24, 32], scalars: eight)),
      PNGImage(try Tensor(shape: [16, 16, 3], scalars: eight)),
      PNGImage(try Tensor(shape: [32, 12, 2], scalars: eight)),
      PNGImage(try Tensor(shape: [16, 12, 4], scalars: eight)),
      PNGImage(try Tensor(shape: [256, 768], scalars: sixteen), depth: .sixteen),
      PNGImage(try Tensor(shape: [256, 256, 3], scalars: sixteen), depth: .sixteen),
    ]
    for image in images {
      try image.write(to: scratch.file("a.png"))
      #expect(try PNGImage.read(from: scratch.file("a.png")) == image)
    }
  }

  @Test("written files say nothing of gamma or colour space", arguments: PNGImage.Depth.allCases)
  func noColourSpace(depth: PNGImage.Depth) throws {
    let data = try PNGImage(Tensor(shape: [2, 2, 3]), depth: depth).encoded()
    for chunk in ["gAMA", "sRGB", "cHRM", "iCCP"] {
      #expect(data.range(of: Data(chunk.utf8)) == nil, "\(chunk)")
    }
  }

  @Test("numbers are clipped and rounded, NaN becomes black")
  func clipping() throws {
    let row: [Float] = [-1, .nan, 0.1, 0.9999, 2, .infinity, 0.5, -.infinity]
    let data = try PNGImage(Tensor(shape: [1, 8, 1], scalars: row)).encoded()
    let back = try PNGImage(bytes: [UInt8](data), name: "x")
    #expect(back.pixels.shape == [1, 8])
    #expect(back.pixels.scalars.map { $0 * 255 } == [0, 0, 26, 255, 255, 255, 128, 0])
  }

  @Test(
    "incompressible pictures of any size fit the file made for them",
    arguments: [1, 2, 17, 300])
  func noise(side: Int) throws {
    var stream = RandomStream(seed: 1, .noise)
    let scalars = (0..<side * side).map { _ in Float(UInt16.random(in: 0 ... .max, using: &stream))
    }
    let image = PNGImage(
      try Tensor(shape: [side, side], scalars: scalars.map { $0 / 65535 }), depth: .sixteen)
    #expect(try PNGImage(bytes: [UInt8](image.encoded()), name: "x") == image)
  }

  @Test(
    "shapes that are no picture are not written",
    arguments: [[], [3], [0, 3], [3, 0], [2, 2, 5], [2, 2, 0], [1, 2, 2, 3], [1, 1_000_001]])
  func badShapes(shape: [Int]) throws {
    let error = try formatError { _ = try PNGImage(Tensor(shape: shape)).encoded() }
    #expect(error.kind == .unsupported)
  }

  @Test("16-bit transparency comes back: opacity exactly, colours to within a code divided by it")
  func deepTransparency() throws {
    for channels in [2, 4] {
      var stream = RandomStream(seed: 2, .noise)
      let count = 20 * 30 * channels
      let scalars = (0..<count).map { _ in
        Float(UInt16.random(in: 0 ... .max, using: &stream)) / 65535
      }
      let image = PNGImage(
        try Tensor(shape: [20, 30, channels], scalars: scalars), depth: .sixteen)
      let back = try PNGImage(bytes: [UInt8](image.encoded()), name: "x")
      #expect(back.depth == .sixteen && back.pixels.shape == image.pixels.shape)
      for start in stride(from: 0, to: count, by: channels) {
        let opacity = scalars[start + channels - 1]
        #expect(back.pixels.scalars[start + channels - 1] == opacity)
        for i in start..<start + channels - 1 where opacity > 0 {
          #expect(abs(back.pixels.scalars[i] - scalars[i]) <= 1.5 / 65535 / opacity + 1e-6)
        }
      }
    }
  }

  @Test("planes are the colours apart from the opacity, and make the same picture again")
  func planes() throws {
    for name in ["grey8.png", "rgb16.png", "greya8.png", "rgba8.png", "palette.png"] {
      let image = try PNGImage.read(from: fixture(name))
      let (planes, opacity) = (image.planes, image.opacity)
      #expect(PNGImage(planes: planes, opacity: opacity, depth: image.depth) == image)
      let channels = image.pixels.shape.count == 2 ? 1 : image.pixels.shape[2]
      #expect((opacity != nil) == (channels % 2 == 0))
      #expect(planes.shape == [channels > 2 ? 3 : 1] + image.pixels.shape[..<2])
    }
    let rgba = try PNGImage.read(from: fixture("rgba8.png"))
    #expect(rgba.planes[1, 1, 2] == rgba.pixels[1, 2, 1])
    #expect(rgba.opacity?[1, 2] == rgba.pixels[1, 2, 3])
  }

  @Test("every truncation is refused", arguments: ["grey8.png", "palette.png", "rgb16.png"])
  func truncated(name: String) throws {
    expectPrefixesRefused(try fixtureBytes(name)) { _ = try PNGImage(bytes: $0, name: name) }
  }

  @Test("a changed byte is found by the check sums", arguments: ["grey8.png", "palette.png"])
  func mutated(name: String) throws {
    let bytes = try fixtureBytes(name)
    let refused = refusedMutations(of: bytes) { _ = try PNGImage(bytes: $0, name: name) }
    // The end chunk is not looked into: 4 bytes of check sum.
    #expect(refused >= 3 * (bytes.count - 4))
  }

  @Test(
    "dimensions beyond the data or beyond reason are refused before memory is taken",
    arguments: [
      [0, 0, 0x1F, 0xFF], [0, 1, 0, 0], [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF],
    ])
  func hostileSize(extent: [UInt8]) throws {
    var bytes = try fixtureBytes("grey8.png")
    bytes.replaceSubrange(16..<24, with: extent + extent)
    var crc = Array(bytes[12..<29]).zipCheckSum.bigEndian
    withUnsafeBytes(of: &crc) { bytes.replaceSubrange(29..<33, with: $0) }
    #expect(try formatError { _ = try PNGImage(bytes: bytes, name: "x") }.kind == .tooLarge)
  }
}
