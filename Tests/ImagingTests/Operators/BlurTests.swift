import RealModule
import Tensors
import Testing

@testable import Imaging

@Suite("Blur") struct BlurTests {
  private static let shape = extents(channels: 2, height: 11, width: 14)
  private static let kernel: BlurKernel = {
    let weights = (0..<15).map { i in Double((i * 7) % 11) / 11 - 0.3 }
    do {
      return try BlurKernel(height: 3, width: 5, weights: weights)
    } catch { preconditionFailure("\(error)") }
  }()

  /// `sum_q k(q) x(p - q)`, the index wrapped around.
  private func convolution(_ x: Tensor<Double>, at c: Int, _ y: Int, _ x0: Int) -> Double {
    let (shape, kernel) = (Self.shape, Self.kernel)
    var sum = 0.0
    for i in -1...1 {
      for j in -2...2 {
        let row = (y - i + shape.height) % shape.height
        let column = (x0 - j + shape.width) % shape.width
        sum += kernel.weights[(i + 1) * 5 + j + 2] * x[0, c, row, column]
      }
    }
    return sum
  }

  @Test("a circular blur is the convolution written out")
  func circular() throws {
    let x = uniform(Self.shape.batch(1), seed: 1, Double.self)
    let blur = try Blur(Self.shape, kernel: Self.kernel, border: .circular)
    let y = blur.apply(x, on: pool)
    for c in 0..<2 {
      for i in 0..<11 {
        for j in 0..<14 { #expect(abs(y[0, c, i, j] - convolution(x, at: c, i, j)) < 1e-13) }
      }
    }
    #expect(blur.observed.fraction == 1)
  }

  @Test("a valid blur is the same inside, and 0 where the kernel reaches beyond the picture")
  func valid() throws {
    let x = uniform(Self.shape.batch(1), seed: 1, Double.self)
    let blur = try Blur(Self.shape, kernel: Self.kernel, border: .valid)
    let y = blur.apply(x, on: pool)
    for c in 0..<2 {
      for i in 0..<11 {
        for j in 0..<14 {
          let isInside = (1..<10).contains(i) && (2..<12).contains(j)
          #expect(blur.observed.known[i * 14 + j] == isInside)
          let expected = isInside ? convolution(x, at: c, i, j) : 0
          #expect(abs(y[0, c, i, j] - expected) < 1e-14)
        }
      }
    }
  }

  @Test("a Gaussian kernel has the Gaussian's ratios, and sum 1")
  func gaussian() throws {
    let kernel = try BlurKernel.gaussian(size: 9, standardDeviation: 1.6)
    #expect(abs(kernel.weights.reduce(0, +) - 1) < 1e-15)
    let centre = kernel.weights[40]
    #expect(abs(kernel.weights[42] / centre - Double.exp(-4 / (2 * 2.56))) < 1e-15)
    #expect(abs(kernel.weights[0] / centre - Double.exp(-32 / (2 * 2.56))) < 1e-15)
    #expect(try BlurKernel.uniform(size: 3).weights == Array(repeating: 1.0 / 9, count: 9))
  }

  @Test("kernels that are none are refused in a sentence")
  func refused() throws {
    #expect(throws: ImagingError.self) { try BlurKernel.gaussian(size: 4, standardDeviation: 1) }
    #expect(throws: ImagingError.self) { try BlurKernel.gaussian(size: 5, standardDeviation: 0) }
    #expect(throws: ImagingError.self) { try BlurKernel(height: 1, width: 3, weights: [1, 2]) }
    #expect(throws: ImagingError.self) { try BlurKernel(height: 1, width: 1, weights: [.nan]) }
    let large = try BlurKernel.uniform(size: 15)
    let error = #expect(throws: ImagingError.self) {
      try Blur(Self.shape, kernel: large, border: .valid)
    }
    #expect(
      error?.description
        == "a kernel of 15 x 15 leaves nothing of pictures of 2 x 11 x 14; use a smaller one or a "
        + "circular border")
  }
}
