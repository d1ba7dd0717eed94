import RealModule
import Tensors
import Testing

@testable import Imaging

@Suite("Metrics") struct MetricTests {
  /// What scikit-image prints for the pictures in Fixtures: see make_fixtures.py.
  private static let figures: [(name: String, shape: ImageShape, range: Double, Double, Double)] = [
    ("grey", extents(height: 33, width: 47), 1, 19.92373452751282, 0.6776408686993025),
    ("codes", extents(height: 24, width: 30), 255, 22.167933681212478, 0.9871485352051715),
    (
      "colour", extents(channels: 3, height: 20, width: 28), 1, 18.979305235298348,
      0.9358807308246812
    ),
  ]

  @Test("PSNR and SSIM are scikit-image's", arguments: figures)
  func scikitImage(
    name: String, shape: ImageShape, range: Double, psnr: Double, ssim: Double
  ) throws {
    let reference = try fixture("\(name)-reference").reshaped(to: shape.batch(1))
    let damaged = try fixture("\(name)-damaged").reshaped(to: shape.batch(1))
    let ratio = PeakSignalToNoise(dataRange: range)(damaged, reference: reference)
    #expect(abs(ratio[0] - psnr) < 1e-10)
    let similarity = try StructuralSimilarity(dataRange: range)(
      damaged, reference: reference, shape: shape, on: pool)
    #expect(abs(similarity[0] - ssim) < 1e-10)
  }

  @Test("PSNR of a constant error e is -20 log10 e, and infinite without one")
  func psnr() {
    let x = uniform([2, 100], seed: 1, Double.self)
    #expect(PeakSignalToNoise(dataRange: 1)(x, reference: x) == [.infinity, .infinity])
    let y = x.map { $0 + 0.1 }
    for (range, decibels) in [(1.0, 20.0), (10, 40)] {
      for value in PeakSignalToNoise(dataRange: range)(y, reference: x) {
        #expect(abs(value - decibels) < 1e-10)
      }
    }
  }

  @Test("SSIM is 1 for equal pictures, symmetric, and knows its data range")
  func ssim() throws {
    let shape = extents(height: 16, width: 17)
    let x = uniform(shape.batch(2), seed: 1, nonnegative: true, Float.self)
    let y = uniform(shape.batch(2), seed: 2, nonnegative: true, Float.self)
    func similarity(_ x: Tensor<Float>, _ y: Tensor<Float>, _ range: Double) throws -> [Double] {
      try StructuralSimilarity(dataRange: range)(x, reference: y, shape: shape, on: pool)
    }
    for value in try similarity(x, x, 1) { #expect(abs(value - 1) < 1e-12) }
    let (forward, backward) = (try similarity(x, y, 1), try similarity(y, x, 1))
    for i in 0..<2 { #expect(abs(forward[i] - backward[i]) < 1e-12 && forward[i] < 0.5) }
    #expect(try similarity(x, y, 255)[0] > forward[0] + 0.1)
  }

  @Test("pictures smaller than the window are refused")
  func small() {
    let shape = extents(height: 10, width: 40)
    let x = Tensor<Float>(shape: shape.batch(1))
    #expect(throws: ImagingError.self) {
      try StructuralSimilarity(dataRange: 1)(x, reference: x, shape: shape, on: pool)
    }
  }
}
