import RealModule
import Tensors
import Testing

@testable import Imaging

@Suite("Wiener filter") struct WienerFilterTests {
  private static let shape = extents(height: 12, width: 16)

  private func blur() throws -> Blur {
    try Blur(
      Self.shape, kernel: BlurKernel.gaussian(size: 5, standardDeviation: 0.8), border: .circular)
  }

  @Test(
    "scales a wave of one frequency by |K|^2 / (|K|^2 + N/S)",
    arguments: WienerFilter.Spectrum.allCases)
  func closedForm(spectrum: WienerFilter.Spectrum) throws {
    let (blur, ratio) = (try blur(), 0.03)
    let filter = try WienerFilter(blur, noiseToSignal: ratio, spectrum: spectrum)
    for (u, v) in [(0, 0), (1, 0), (3, 5), (6, 8), (11, 2)] {
      var wave = Tensor<Double>(shape: Self.shape.batch(1))
      var transfer = 0.0
      for y in 0..<12 {
        for x in 0..<16 {
          let turns = Double(u * y) / 12 + Double(v * x) / 16
          wave[0, 0, y, x] = Double.cos(2 * .pi * turns)
        }
      }
      for i in -2...2 {
        for j in -2...2 {
          let turns = Double(u * i) / 12 + Double(v * j) / 16
          transfer += blur.kernel.weights[(i + 2) * 5 + j + 2] * Double.cos(2 * .pi * turns)
        }
      }
      let sines = (Double.sin(.pi * Double(u) / 12), Double.sin(.pi * Double(v) / 16))
      let power = 4 * sines.0 * sines.0 + 4 * sines.1 * sines.1
      let noise = spectrum == .white ? ratio : ratio * power
      let expected = transfer * transfer / (transfer * transfer + noise)
      let made = filter.restore(blur.apply(wave, on: pool), on: pool)
      #expect(distance(made, wave.scaled(by: expected)) < 1e-12)
    }
  }

  @Test("with hardly any noise it inverts the blur")
  func inverse() throws {
    let blur = try blur()
    let x = scene(Self.shape, Double.self)
    let filter = try WienerFilter(blur, noiseToSignal: 1e-13)
    #expect(distance(filter.restore(blur.apply(x, on: pool), on: pool), x) < 1e-6)
  }

  @Test("a valid border and a ratio of 0 are refused")
  func refused() throws {
    let kernel = try BlurKernel.uniform(size: 3)
    let valid = try Blur(Self.shape, kernel: kernel, border: .valid)
    #expect(throws: ImagingError.self) { try WienerFilter(valid, noiseToSignal: 0.1) }
    #expect(throws: ImagingError.self) { try WienerFilter(try blur(), noiseToSignal: 0) }
  }
}
