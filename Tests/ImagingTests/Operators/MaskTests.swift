import Tensors
import Testing

@testable import Imaging

@Suite("Masks and downsampling") struct MaskTests {
  @Test("a random mask knows its fraction, and is the same for the same stream")
  func random() throws {
    func make(_ seed: UInt64) throws -> PixelMask {
      var stream = RandomStream(seed: seed, .synthesis)
      return try PixelMask.random(height: 100, width: 120, fraction: 0.3, from: &stream)
    }
    let mask = try make(1)
    #expect(abs(mask.fraction - 0.3) < 0.02)
    #expect(try make(1) == mask)
    #expect(try make(2) != mask)
  }

  @Test("rows are known or not as a whole, the central ones always")
  func rows() throws {
    var stream = RandomStream(seed: 1, .synthesis)
    let mask = try PixelMask.rows(
      height: 64, width: 20, fraction: 0.25, central: 8, from: &stream)
    for i in 0..<64 { #expect(Set(mask.known[i * 20..<(i + 1) * 20]).count == 1) }
    for i in 28..<36 { #expect(mask.known[i * 20]) }
    #expect((0.2...0.6).contains(mask.fraction))
  }

  @Test("text hides some of the pixels in every part of the picture")
  func text() throws {
    var stream = RandomStream(seed: 1, .synthesis)
    let mask = try PixelMask.text(height: 90, width: 120, size: 12, from: &stream)
    #expect((0.65...0.95).contains(mask.fraction))
    for (top, left) in [(0, 0), (45, 0), (0, 60), (45, 60)] {
      let hidden = (top..<top + 45).contains { i in
        (left..<left + 60).contains { !mask.known[i * 120 + $0] }
      }
      #expect(hidden)
    }
  }

  @Test("a mask keeps known pixels of all channels and puts 0 elsewhere")
  func mask() throws {
    let shape = extents(channels: 2, height: 2, width: 3)
    let known = [true, false, true, false, false, true]
    let mask = try Mask(shape, keeping: PixelMask(height: 2, width: 3, known: known))
    let x = uniform(shape.batch(1), seed: 1, Double.self)
    let y = mask.apply(x, on: pool)
    for i in 0..<12 { #expect(y.scalars[i] == (known[i % 6] ? x.scalars[i] : 0)) }
  }

  @Test("block averages and subsampling are what they say")
  func downsampling() throws {
    let shape = extents(height: 4, width: 6)
    let x = try Tensor(shape: [1, 24], scalars: (0..<24).map { Double($0) })
    #expect(
      try BlockAverage(shape, factor: 2).apply(x, on: pool).scalars
        == [3.5, 5.5, 7.5, 15.5, 17.5, 19.5])
    #expect(try Subsampling(shape, factor: 2).apply(x, on: pool).scalars == [0, 2, 4, 12, 14, 16])
  }

  @Test("what does not fit is refused in a sentence")
  func refused() throws {
    let shape = extents(height: 4, width: 6)
    let error = #expect(throws: ImagingError.self) { try BlockAverage(shape, factor: 4) }
    #expect(
      error?.description
        == "pictures of 1 x 4 x 6 cannot be downsampled by 4; cut them to multiples of it")
    #expect(throws: ImagingError.self) { try Subsampling(shape, factor: 0) }
    let mask = PixelMask(height: 1, width: 1, known: [true])
    #expect(throws: ImagingError.self) { try Mask(shape, keeping: mask) }
    #expect(throws: ImagingError.self) { try FourierUndersampling(shape, measuring: mask) }
    #expect(throws: ImagingError.self) { try Stack([]) }
    let gradient = Gradient(extents(height: 4, width: 5))
    #expect(throws: ImagingError.self) { try Stack([IdentityOperator(shape), gradient]) }
    #expect(throws: ImagingError.self) { try Composition(IdentityOperator(shape), after: gradient) }
    var stream = RandomStream(seed: 1, .synthesis)
    #expect(throws: ImagingError.self) {
      try PixelMask.random(height: 2, width: 2, fraction: 1.5, from: &stream)
    }
    #expect(throws: ImagingError.self) {
      try PixelMask.text(height: 9, width: 9, size: 4, from: &stream)
    }
  }
}
