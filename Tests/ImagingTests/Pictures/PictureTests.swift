import Foundation
import Lifted
import RealModule
import Tensors
import Testing

@testable import Imaging

@Suite("Training pictures") struct PictureTests {
  private static let patch = extents(height: 8, width: 8)

  private func images() throws -> ImageSet {
    try ImageSet([
      scene(extents(height: 20, width: 30)).reshaped(to: [20, 30]),
      uniform([1, 8, 11], seed: 1, nonnegative: true),
    ])
  }

  private func samples(
    _ images: ImageSet, seed: UInt64 = 1, flips: Bool = true, noise: Noise = .gaussian(sigma: 0)
  ) throws -> RestorationSamples {
    try RestorationSamples(
      images, count: 200, degradation: IdentityOperator(Self.patch), noise: noise, flips: flips,
      seed: seed)
  }

  /// Whether the numbers are a patch of the picture as it stands.
  private func isPatch(_ numbers: [Float], of picture: Tensor<Float>) -> Bool {
    let (height, width) = (picture.shape[1], picture.shape[2])
    for top in 0...height - 8 {
      for left in 0...width - 8 {
        let isSame = (0..<64).allSatisfy { i in
          picture.scalars[(top + i / 8) * width + left + i % 8] == numbers[i]
        }
        if isSame { return true }
      }
    }
    return false
  }

  @Test("targets are patches of the pictures, inputs what operator and noise make of them")
  func patches() throws {
    let images = try images()
    let samples = try samples(images, flips: false)
    let batch = samples.batch(of: 0..<30, visit: 1, as: Float.self, on: pool)
    #expect(batch.inputs == batch.targets)
    for row in 0..<30 {
      let numbers = batch.targets.rows(row..<row + 1).scalars
      #expect(images.pictures.contains { isPatch(numbers, of: $0) })
    }
    let kernel = try BlurKernel.uniform(size: 3)
    let blur = try Blur(Self.patch, kernel: kernel, border: .valid)
    let blurred = try RestorationSamples(
      images, count: 200, degradation: blur, noise: .gaussian(sigma: 0.1), seed: 1)
    let made = blurred.batch(of: 5..<9, visit: 3, as: Double.self, on: pool)
    var expected = blur.apply(made.targets, on: pool)
    Noise.gaussian(sigma: 0.1).add(
      to: &expected, seed: 1, visit: 3, pictures: [5, 6, 7, 8], on: pool)
    #expect(expected.scalars == made.inputs.scalars)
  }

  @Test("flips give all eight positions of a patch")
  func flips() throws {
    let ramp = try Tensor<Float>(shape: [8, 8], scalars: (0..<64).map { Float($0) })
    let batch = try samples(ImageSet([ramp])).batch(of: 0..<200, as: Float.self, on: pool)
    // Where the corners of the ramp lie says which position it is.
    let corners = Set((0..<200).map { row in [0, 7, 56].map { batch.targets[row, $0] } })
    #expect(corners.count == 8)
    for row in 0..<200 {
      #expect(batch.targets.rows(row..<row + 1).scalars.sorted() == ramp.scalars)
    }
  }

  @Test("a sample is a function of seed, visit and number, on any number of threads")
  func deterministic() throws {
    let images = try images()
    let samples = try samples(images, noise: .poisson(peak: 20))
    let all = samples.batch(of: 0..<40, visit: 2, as: Float.self, on: pool)
    #expect(samples.batch(of: 0..<40, visit: 2, as: Float.self, on: alone) == all)
    let some = samples.batch(of: [7, 3], visit: 2, as: Float.self, on: pool)
    #expect(some.inputs.rows(0..<1) == all.inputs.rows(7..<8))
    #expect(some.targets.rows(1..<2) == all.targets.rows(3..<4))
    #expect(samples.batch(of: 0..<40, visit: 3, as: Float.self, on: pool).targets != all.targets)
    let other = try self.samples(images, seed: 2, noise: .poisson(peak: 20))
    #expect(other.batch(of: 0..<40, visit: 2, as: Float.self, on: pool).targets != all.targets)
  }

  @Test("sets and samples that do not fit are refused in a sentence")
  func refused() throws {
    #expect(throws: ImagingError.self) { try ImageSet([]) }
    #expect(throws: ImagingError.self) { try ImageSet([Tensor<Float>(shape: [4])]) }
    #expect(throws: ImagingError.self) { try ImageSet([Tensor<Float>(shape: [0, 4])]) }
    #expect(throws: ImagingError.self) {
      try ImageSet([Tensor<Float>(repeating: .nan, shape: [4, 4])])
    }
    #expect(throws: ImagingError.self) {
      try ImageSet([Tensor<Float>(shape: [4, 4]), Tensor<Float>(shape: [3, 4, 4])])
    }
    let small = try ImageSet([Tensor<Float>(shape: [20, 7])])
    let error = #expect(throws: ImagingError.self) { try samples(small) }
    #expect(
      error?.description
        == "picture 1 of 1 x 20 x 7 holds no patch of 1 x 8 x 8; leave it out or cut other patches")
    #expect(throws: ImagingError.self) {
      try samples(try images(), noise: .gaussian(sigma: -1))
    }
    let wide = IdentityOperator(extents(height: 4, width: 8))
    #expect(throws: ImagingError.self) {
      try RestorationSamples(
        try images(), count: 1, degradation: wide, noise: .gaussian(sigma: 0), seed: 1)
    }
  }

  @Test("grey is the luma of three channels")
  func grey() throws {
    let colour = try Tensor<Float>(shape: [3, 1, 2], scalars: [1, 0, 0, 1, 0, 1])
    let grey = try ImageSet([colour]).grey
    #expect(grey.channels == 1)
    #expect(abs(grey.pictures[0].scalars[0] - 0.299) < 1e-6)
    #expect(abs(grey.pictures[0].scalars[1] - 0.701) < 1e-6)
  }

  @Test("dead leaves cover the picture, in [0, 1], the same for the same seed and number")
  func deadLeaves() throws {
    let leaves = try DeadLeaves(extents(channels: 3, height: 60, width: 70))
    let made = leaves.pictures(3, seed: 4, on: pool)
    #expect(made.scalars.allSatisfy { (0...1).contains($0) })
    #expect(made.scalars.count { $0 == 0.5 } < made.count / 100)
    #expect(leaves.pictures(3, seed: 4, on: alone) == made)
    #expect(leaves.pictures(1, seed: 4, first: 2, on: pool) == made.rows(2..<3))
    #expect(leaves.pictures(3, seed: 5, on: pool) != made)
    #expect(
      try leaves.imageSet(2, seed: 4, on: pool).pictures[1].scalars == made.rows(1..<2).scalars)
  }

  @Test(
    "leaves of all sizes: differences grow with distance, but far less than for one edge or a slope"
  )
  func statistics() throws {
    let shape = extents(height: 64, width: 64)
    let made = try DeadLeaves(shape, radii: 1...120).pictures(16, seed: 1, on: pool)
    // Differences over twice the distance are larger, but far from twice: edges at all scales.
    func meanSquare(_ lag: Int) -> Double {
      var sum = 0.0
      for row in 0..<16 * 64 {
        for x in 0..<64 - lag {
          let d = Double(made.scalars[row * 64 + x + lag] - made.scalars[row * 64 + x])
          sum += d * d
        }
      }
      return sum / Double(16 * 64 * (64 - lag))
    }
    let ratios = [1, 2, 4, 8].map { meanSquare(2 * $0) / meanSquare($0) }
    for ratio in ratios { #expect((1.05...2.2).contains(ratio)) }
    #expect(throws: ImagingError.self) { try DeadLeaves(shape, radii: 0...4) }
    #expect(throws: ImagingError.self) { try DeadLeaves(shape, shading: -1) }
    #expect(throws: ImagingError.self) { try DeadLeaves(shape, oversampling: 0) }
    #expect(throws: ImagingError.self) { try DeadLeaves(shape, texture: .nan) }
    #expect(throws: ImagingError.self) { try DeadLeaves(shape, blur: 11) }
  }

  @Test("every option of dead leaves changes them; textures add small differences, blur takes them")
  func options() throws {
    let shape = extents(height: 48, width: 48)
    func made(_ leaves: DeadLeaves) -> Tensor<Float> { leaves.pictures(8, seed: 1, on: pool) }
    func roughness(_ pictures: Tensor<Float>) -> Double {
      (0..<8 * 48).reduce(0) { sum, row in
        (1..<47).reduce(sum) { sum, x in
          let at = row * 48 + x
          let (left, right) = (pictures.scalars[at - 1], pictures.scalars[at + 1])
          return sum + Double(abs(left + right - 2 * pictures.scalars[at]))
        }
      }
    }
    let plain = made(try DeadLeaves(shape, shading: 0, texture: 0, blur: 0))
    let others = [
      made(try DeadLeaves(shape, radii: 3...120, shading: 0, texture: 0, blur: 0)),
      made(try DeadLeaves(shape, shading: 0.5, texture: 0, blur: 0)),
      made(try DeadLeaves(shape, shading: 0, texture: 0, blur: 0, oversampling: 3)),
    ]
    for other in others { #expect(other != plain) }
    let rough = made(try DeadLeaves(shape, shading: 0, blur: 0))
    let soft = made(try DeadLeaves(shape, shading: 0, texture: 0, blur: 2))
    #expect(roughness(rough) > 1.1 * roughness(plain))
    #expect(roughness(soft) < 0.7 * roughness(plain))
  }

  @Test("a lens is a Gaussian between mirrors: sums and grey pictures stay, 0 changes nothing")
  func lens() {
    func blurred(_ x: [Float], _ deviation: Double) -> [Float] {
      var x = x
      x.withUnsafeMutableBufferPointer { Lens(deviation: deviation).blur($0.baseAddress!, 9, 7) }
      return x
    }
    let ramp = (0..<63).map { Float(($0 * $0) % 17) }
    let soft = blurred(ramp, 1.3)
    #expect(abs(soft.reduce(0, +) - ramp.reduce(0, +)) < 1e-3)
    #expect(blurred(ramp, 0) == ramp)
    #expect(blurred(Array(repeating: 0.5, count: 63), 3).allSatisfy { abs($0 - 0.5) < 1e-6 })
    var point = Array(repeating: Float(0), count: 63)
    point[4 * 7 + 3] = 1
    let spread = blurred(point, 0.8)
    let ratio = spread[4 * 7 + 4] / spread[4 * 7 + 3]
    #expect(abs(ratio - Float(exp(-1 / (2 * 0.8 * 0.8)))) < 1e-6)
    #expect(abs(spread[3 * 7 + 3] - spread[4 * 7 + 4]) < 1e-7)
  }
}
