import RealModule
import Tensors
import Testing

@testable import Imaging

@Suite("Fourier transforms") struct FourierTests {
  /// `sum x(y, x) exp(-2 pi i (u y / h + v x / w))`, real and imaginary part.
  private func transform(
    _ x: [Double], _ height: Int, _ width: Int, _ u: Int, _ v: Int
  ) -> (Double, Double) {
    var (re, im) = (0.0, 0.0)
    for y in 0..<height {
      for x0 in 0..<width {
        let turns = Double(u * y) / Double(height) + Double(v * x0) / Double(width)
        re += x[y * width + x0] * Double.cos(2 * .pi * turns)
        im -= x[y * width + x0] * Double.sin(2 * .pi * turns)
      }
    }
    return (re, im)
  }

  @Test(
    "are the sum written out, and invert, for prime factors small and large",
    arguments: [(1, 1), (1, 5), (4, 1), (2, 3), (8, 6), (7, 11), (5, 8), (13, 22)])
  func definition(height: Int, width: Int) {
    let x = uniform([height * width], seed: 1, Double.self).scalars
    let fourier = RealFourier<Double>(height: height, width: width)
    var spectrum = [Double](repeating: .nan, count: fourier.count)
    fourier.forward(x, planes: 1, into: &spectrum, on: pool)
    for u in 0..<height {
      for v in 0..<fourier.columns {
        let (re, im) = transform(x, height, width, u, v)
        let i = 2 * (u * fourier.columns + v)
        #expect(abs(spectrum[i] - re) < 1e-12 && abs(spectrum[i + 1] - im) < 1e-12)
      }
    }
    var back = [Double](repeating: .nan, count: height * width)
    fourier.inverse(&spectrum, planes: 1, into: &back, on: pool)
    for i in x.indices { #expect(abs(back[i] / Double(height * width) - x[i]) < 1e-14) }
  }

  @Test("undersampling measures the named frequencies, the origin at the centre, and no others")
  func undersampling() throws {
    let shape = extents(height: 5, width: 6)
    var stream = RandomStream(seed: 2, .synthesis)
    let mask = try PixelMask.random(height: 5, width: 6, fraction: 0.6, from: &stream)
    let x = uniform(shape.batch(1), seed: 1, Double.self)
    let y = try FourierUndersampling(shape, measuring: mask).apply(x, on: pool)
    for i in 0..<5 {
      for j in 0..<6 {
        let (re, im) = transform(x.scalars, 5, 6, i - 2 + 5, j - 3 + 6)
        let scale = mask.known[i * 6 + j] ? 1 / Double(30).squareRoot() : 0
        #expect(abs(y[0, 0, i, j] - scale * re) < 1e-14)
        #expect(abs(y[0, 1, i, j] - scale * im) < 1e-14)
      }
    }
  }

  @Test("with all frequencies measured, the adjoint is the inverse")
  func unitary() throws {
    let shape = extents(channels: 3, height: 6, width: 7)
    let all = PixelMask(height: 6, width: 7, known: Array(repeating: true, count: 42))
    let operation = try FourierUndersampling(shape, measuring: all)
    let x = uniform(shape.batch(2), seed: 3, Double.self)
    #expect(distance(operation.adjoint(of: operation.apply(x, on: pool), on: pool), x) < 1e-14)
  }
}
