import RealModule
import Tensors
import Testing

@testable import Imaging

@Suite("Noise") struct NoiseTests {
  private struct Moments {
    let mean: Double
    let variance: Double

    init(_ values: [Double]) {
      let n = Double(values.count)
      let mean = values.reduce(0, +) / n
      self.mean = mean
      variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    }
  }

  @Test("Gaussian noise has mean 0, variance sigma^2 and normal tails")
  func gaussian() {
    var x = Tensor<Double>(repeating: 0.5, shape: [2, 50_000])
    Noise.gaussian(sigma: 0.2).add(to: &x, seed: 1, on: pool)
    let errors = x.scalars.map { $0 - 0.5 }
    let moments = Moments(errors)
    #expect(abs(moments.mean) < 4 * 0.2 / Double(100_000).squareRoot())
    #expect(abs(moments.variance / 0.04 - 1) < 4 * (2 / 100_000.0).squareRoot())
    let beyond = Double(errors.count { abs($0) > 0.4 }) / 100_000
    #expect(abs(beyond - 0.0455) < 0.003)
  }

  @Test(
    "Poisson noise has mean x and variance x / peak, on both sides of the change of method",
    arguments: [0.02, 0.9, 4, 9.9, 10.1, 37, 255, 20_000])
  func poisson(mean: Double) {
    let n = 200_000
    var x = Tensor<Double>(repeating: 0.25, shape: [4, n / 4])
    let peak = mean / 0.25
    Noise.poisson(peak: peak).add(to: &x, seed: 2, on: pool)
    let counts = x.scalars.map { $0 * peak }
    #expect(counts.allSatisfy { abs($0 - $0.rounded()) < 1e-6 && $0 > -0.5 })
    let moments = Moments(counts)
    let deviation = (mean / Double(n)).squareRoot()
    #expect(abs(moments.mean - mean) < 4 * deviation)
    // The fourth central moment is mean + 3 mean^2.
    #expect(abs(moments.variance - mean) < 4 * ((mean + 2 * mean * mean) / Double(n)).squareRoot())
  }

  @Test(
    "Poisson numbers have the Poisson probabilities", arguments: [3.0, 12, 40])
  func poissonDistribution(mean: Double) {
    var stream = RandomStream(seed: 5, .probe)
    let n = 200_000
    var counts = [Int](repeating: 0, count: 200)
    for _ in 0..<n { counts[min(stream.poisson(mean: mean), 199)] += 1 }
    var (chiSquared, cells) = (0.0, 0.0)
    for k in 0..<200 {
      let p = Double.exp(Double(k) * Double.log(mean) - mean - Double.logGamma(Double(k) + 1))
      let expected = p * Double(n)
      guard expected > 20 else { continue }
      chiSquared += (Double(counts[k]) - expected) * (Double(counts[k]) - expected) / expected
      cells += 1
    }
    #expect(abs(chiSquared - cells) < 4 * (2 * cells).squareRoot())
  }

  @Test("Poisson noise of nothing, or of less than nothing, is nothing")
  func dark() throws {
    var x = try Tensor<Float>(shape: [1, 2], scalars: [0, -1])
    Noise.poisson(peak: 100).add(to: &x, seed: 1, on: pool)
    #expect(x.scalars == [0, 0])
  }

  @Test("salt and pepper replaces its fraction, half by each, and nothing else")
  func saltAndPepper() {
    var x = Tensor<Float>(repeating: 0.5, shape: [1, 100_000])
    Noise.saltAndPepper(fraction: 0.2, low: -1, high: 2).add(to: &x, seed: 3, on: pool)
    let (salt, pepper) = (x.scalars.count { $0 == 2 }, x.scalars.count { $0 == -1 })
    #expect(abs(salt - 10_000) < 400 && abs(pepper - 10_000) < 400)
    #expect(x.scalars.count { $0 == 0.5 } == 100_000 - salt - pepper)
  }

  @Test(
    "is a function of seed, visit and picture, whatever the threads and the batch",
    arguments: [
      Noise.gaussian(sigma: 0.1), .poisson(peak: 30), .saltAndPepper(fraction: 0.3),
    ])
  func deterministic(noise: Noise) {
    let clean = uniform([3, 10_000], seed: 1, nonnegative: true, Float.self)
    func noisy(_ x: Tensor<Float>, _ visit: UInt64, _ first: Int, _ pool: WorkerPool) -> Tensor<
      Float
    > {
      var x = x
      noise.add(to: &x, seed: 9, visit: visit, first: first, on: pool)
      return x
    }
    let all = noisy(clean, 4, 0, pool)
    #expect(all == noisy(clean, 4, 0, alone))
    #expect(all.rows(1..<3) == noisy(clean.rows(1..<3), 4, 1, pool))
    #expect(all != noisy(clean, 5, 0, pool))
    #expect(all != noisy(clean, 4, 1, pool))
  }

  @Test("parameters out of range are refused")
  func refused() {
    let wrong: [Noise] = [
      .gaussian(sigma: -1), .gaussian(sigma: .nan), .poisson(peak: 0), .poisson(peak: .infinity),
      .saltAndPepper(fraction: 1.1), .saltAndPepper(fraction: 0.1, low: .nan),
    ]
    for noise in wrong { #expect(throws: ImagingError.self) { try noise.validate() } }
  }
}
