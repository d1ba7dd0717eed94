import Proximal
import Tensors
import Testing

private let pool = WorkerPool(threads: 2)

@Suite("Wavelets") struct WaveletTests {
  private func transform(
    _ channels: Int, _ height: Int, _ width: Int, _ wavelet: Wavelet, _ levels: Int
  ) throws -> WaveletTransform {
    try WaveletTransform(
      RegulariserEntry.shape(channels, height, width), wavelet, levels: levels)
  }

  @Test("Haar coefficients by hand: one level of a picture, two of a signal")
  func byHand() throws {
    var u = Tensor<Double>(rows: [[1, 3, 5, 5, 7, 1, 2, 0]])
    try transform(1, 2, 4, .haar, 1).apply(&u, on: pool)
    // Averages (a+b+c+d)/2; details across, down, diagonal.
    #expect(zip(u.scalars, [6, 6, 2, 1, -2, 4, -4, -1]).allSatisfy { abs($0 - $1) < 1e-12 })
    var signal = Tensor<Double>(rows: [[4, 2, 5, 5]])
    try transform(1, 1, 4, .haar, 2).apply(&signal, on: pool)
    let half = 0.5.squareRoot()
    #expect(zip(signal.scalars, [8, -2, 2 * half, 0]).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test("filters are orthonormal, details of constants are 0, Daubechies' of slopes as well")
  func filters() {
    for wavelet in Wavelet.allCases {
      let (h, g) = (wavelet.lowpass, wavelet.highpass)
      #expect(abs(h.reduce(0) { $0 + $1 * $1 } - 1) < 1e-15 && abs(g.reduce(0, +)) < 1e-15)
      #expect(abs(zip(h, g).reduce(0) { $0 + $1.0 * $1.1 }) < 1e-15)
    }
    let (h, g) = (Wavelet.daubechies4.lowpass, Wavelet.daubechies4.highpass)
    #expect(abs(h[0] * h[2] + h[1] * h[3]) < 1e-15)
    #expect(abs(g.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }) < 1e-15)
    #expect(abs(h[0] - 0.4829629131445341) < 1e-15)
  }

  @Test(
    "orthonormal: Parseval, and the transpose is the inverse", arguments: Wavelet.allCases,
    [[1, 1, 8, 3], [1, 16, 1, 2], [2, 8, 24, 3], [1, 64, 64, 1], [1, 2, 2, 1]])
  func orthonormal(wavelet: Wavelet, extents: [Int]) throws {
    let w = try transform(extents[0], extents[1], extents[2], wavelet, extents[3])
    let (u, v) = (noise([3, w.shape.count]), noise([3, w.shape.count], seed: 2))
    var (wu, back) = (u, v)
    w.apply(&wu, on: pool)
    w.adjoint(&back, on: pool)
    #expect(abs(wu.squaredNorm - u.squaredNorm) < 1e-12 * u.squaredNorm)
    #expect(abs(wu.dot(v) - u.dot(back)) < 1e-12 * u.squaredNorm)
    #expect(zip(wu.scalars, u.scalars).contains { abs($0 - $1) > 0.1 })
    w.adjoint(&wu, on: pool)
    wu.combine(1, -1, u)
    #expect(wu.squaredNorm < 1e-24 * u.squaredNorm)
  }

  @Test("levels and filters make a difference, averages count where asked")
  func options() throws {
    let shape = RegulariserEntry.shape(1, 8, 8)
    let u = noise([1, 64])
    func value(_ wavelet: Wavelet, _ levels: Int, _ all: Bool = false) throws -> Double {
      try WaveletNorm(shape, wavelet, levels: levels, countsAverages: all).values(of: u, on: pool)[
        0]
    }
    let values = [
      try value(.haar, 1), try value(.haar, 2), try value(.daubechies4, 1),
      try value(.haar, 1, true),
    ]
    #expect(Set(values).count == 4)
    let flat = Tensor<Double>(repeating: 2, shape: [1, 64])
    for (all, expected) in [(false, 0.0), (true, 16)] {
      let j = try WaveletNorm(shape, .haar, levels: 3, countsAverages: all)
      #expect(abs(j.values(of: flat, on: pool)[0] - expected) < 1e-12)
      var (point, memory) = (flat, RegulariserMemory<Double>())
      j.prox(of: &point, step: 4, &memory, on: pool)
      // The one average is 16; less 4 it leaves three quarters.
      #expect(point.scalars.allSatisfy { abs($0 - (all ? 1.5 : 2)) < 1e-12 })
    }
  }

  @Test("extents that cannot be halved so often are refused")
  func refused() throws {
    #expect(throws: ProximalError.self) { try transform(1, 8, 12, .haar, 3) }
    #expect(throws: ProximalError.self) { try transform(1, 6, 8, .haar, 2) }
    #expect(throws: ProximalError.self) { try transform(1, 8, 8, .haar, 0) }
    #expect(throws: Never.self) { try transform(1, 8, 12, .haar, 2) }
    let j = try WaveletNorm(RegulariserEntry.shape(1, 8, 8), .haar, levels: 1)
    #expect(throws: ProximalError.self) { try j.check(columns: 65) }
  }
}
