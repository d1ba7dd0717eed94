import RealModule
import Tensors
import Testing

@testable import Imaging

@Suite("Non-local means") struct NonLocalMeansTests {
  /// The definition, pixel by pixel.
  private func slow(
    _ means: NonLocalMeans, _ y: Tensor<Double>, _ shape: ImageShape
  ) -> Tensor<Double> {
    func at(_ c: Int, _ i: Int, _ j: Int) -> Double {
      func mirror(_ i: Int, _ n: Int) -> Int {
        var i = i
        while i < 0 || i >= n { i = i < 0 ? -1 - i : 2 * n - 1 - i }
        return i
      }
      return y[0, c, mirror(i, shape.height), mirror(j, shape.width)]
    }
    let (r, reach) = (means.patch / 2, means.window / 2)
    var x = y
    for i in 0..<shape.height {
      for j in 0..<shape.width {
        var (total, largest) = (0.0, 0.0)
        var sums = [Double](repeating: 0, count: shape.channels)
        for di in -reach...reach {
          for dj in -reach...reach where di != 0 || dj != 0 {
            var square = 0.0
            for c in 0..<shape.channels {
              for a in -r...r {
                for b in -r...r {
                  let d = at(c, i + a, j + b) - at(c, i + di + a, j + dj + b)
                  square += d * d
                }
              }
            }
            square /= Double(means.patch * means.patch * shape.channels)
            let excess = max(square - 2 * means.sigma * means.sigma, 0)
            let w = Double.exp(-excess / (means.filtering * means.filtering))
            (total, largest) = (total + w, max(largest, w))
            for c in 0..<shape.channels { sums[c] += w * at(c, i + di, j + dj) }
          }
        }
        let own = largest > 0 ? largest : 1
        for c in 0..<shape.channels {
          x[0, c, i, j] = (sums[c] + own * y[0, c, i, j]) / (total + own)
        }
      }
    }
    return x
  }

  @Test(
    "is its definition, in grey and colour, also where the window is larger than the picture",
    arguments: [
      extents(height: 13, width: 17), extents(channels: 3, height: 7, width: 9),
      extents(height: 1, width: 1),
    ])
  func definition(shape: ImageShape) throws {
    let y = uniform(shape.batch(1), seed: 1, nonnegative: true, Double.self)
    for (patch, window) in [(3, 5), (5, 11), (1, 3)] {
      let means = try NonLocalMeans(sigma: 0.1, patch: patch, window: window, filtering: 0.2)
      let made = means.denoise(y, shape: shape, on: pool)
      #expect(distance(made, slow(means, y, shape)) < 1e-10)
      let float = means.denoise(y.map { Float($0) }, shape: shape, on: pool)
      #expect(distance(float.map { Double($0) }, made) < 1e-4)
    }
  }

  @Test("the same bits on any number of threads, alone or in a batch")
  func threads() throws {
    let shape = extents(height: 150, width: 200)
    let y = uniform(shape.batch(2), seed: 1, nonnegative: true, Float.self)
    let means = try NonLocalMeans(sigma: 0.1, patch: 3, window: 5)
    let made = means.denoise(y, shape: shape, on: pool)
    #expect(means.denoise(y, shape: shape, on: alone) == made)
    #expect(means.denoise(y.rows(1..<2), shape: shape, on: pool) == made.rows(1..<2))
  }

  @Test("takes noise away and leaves edges")
  func gain() throws {
    let shape = extents(height: 60, width: 70)
    let x = scene(shape, Float.self)
    var y = x
    Noise.gaussian(sigma: 0.1).add(to: &y, seed: 2, on: pool)
    let made = try NonLocalMeans(sigma: 0.1).denoise(y, shape: shape, on: pool)
    let psnr = PeakSignalToNoise(dataRange: 1)
    #expect(psnr(made, reference: x)[0] > psnr(y, reference: x)[0] + 7)
  }

  @Test("parameters out of range are refused")
  func refused() {
    #expect(throws: ImagingError.self) { try NonLocalMeans(sigma: 0) }
    #expect(throws: ImagingError.self) { try NonLocalMeans(sigma: 0.1, patch: 4) }
    #expect(throws: ImagingError.self) { try NonLocalMeans(sigma: 0.1, window: 0) }
    #expect(throws: ImagingError.self) { try NonLocalMeans(sigma: 0.1, filtering: 0) }
  }
}
