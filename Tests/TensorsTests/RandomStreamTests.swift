import Tensors
import Testing

@Suite struct RandomStreamTests {
  typealias Purpose = RandomStream.Purpose

  private func uniforms(_ seed: UInt64, _ purpose: Purpose, _ lane: UInt64, _ count: Int)
    -> [Double]
  {
    var stream = RandomStream(seed: seed, purpose, lane: lane)
    return (0..<count).map { _ in stream.uniform() }
  }

  @Test("Streams that differ in seed, purpose or lane alone are uncorrelated")
  func independence() {
    let count = 20_000
    let streams = [
      uniforms(1, .noise, 0, count), uniforms(2, .noise, 0, count), uniforms(1, .noise, 1, count),
      uniforms(1, .noise, 1 << 32, count), uniforms(1, .dataOrder, 0, count),
      uniforms(1, .initialisation, 0, count), uniforms(1, .split, 0, count),
    ]
    for i in streams.indices {
      for j in 0..<i {
        let products = zip(streams[i], streams[j]).map { ($0 - 0.5) * ($1 - 0.5) }
        let correlation = products.reduce(0, +) * 12 / Double(count)
        #expect(abs(correlation) < 5 / Double(count).squareRoot(), "streams \(j) and \(i)")
      }
    }
  }

  @Test("The purposes keep their numbers, so that a new one changes no stream there is")
  func purposesAreNumbered() {
    let numbers: [Purpose: UInt64] = [
      .initialisation: 1, .dataOrder: 2, .noise: 3, .split: 4, .synthesis: 5, .powerIteration: 6,
      .probe: 7,
    ]
    for (purpose, number) in numbers { #expect(purpose.rawValue == number) }
  }

  @Test("A stream started anew repeats itself")
  func repeatability() {
    #expect(uniforms(3, .probe, 5, 100) == uniforms(3, .probe, 5, 100))
  }

  @Test("Uniform numbers have the moments of the uniform distribution and stay inside (0, 1)")
  func uniformMoments() {
    let x = uniforms(11, .probe, 0, 200_000)
    let n = Double(x.count)
    #expect(x.allSatisfy { $0 > 0 && $0 < 1 })
    let mean = x.reduce(0, +) / n
    let variance = x.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / n
    #expect(abs(mean - 0.5) < 5 * (1 / 12.0 / n).squareRoot())
    #expect(abs(variance - 1 / 12.0) < 5 * (1 / 180.0 / n).squareRoot())
  }

  @Test(
    "Normal numbers have mean 0, variance 1, no skew, kurtosis 3, and are uncorrelated in pairs")
  func normalMoments() {
    var stream = RandomStream(seed: 12, .probe)
    let x = (0..<200_000).map { _ in stream.normal() }
    let n = Double(x.count)
    let moments = (1...4).map { power in
      x.reduce(0.0) { sum, x in sum + (1...power).reduce(1.0) { product, _ in product * x } } / n
    }
    // Variances of x, x^2, x^3, x^4 under the normal distribution: 1, 2, 15, 96.
    for (found, (expected, variance)) in zip(moments, [(0.0, 1.0), (1, 2), (0, 15), (3, 96)]) {
      #expect(abs(found - expected) < 5 * (variance / n).squareRoot())
    }
    // Box-Muller makes them two at a time.
    let pairs = stride(from: 0, to: x.count, by: 2).reduce(0) { $0 + x[$1] * x[$1 + 1] }
    #expect(abs(pairs / (n / 2)) < 5 / (n / 2).squareRoot())
  }

  @Test("A permutation holds every number once", arguments: [0, 1, 2, 97, 1000])
  func permutations(_ count: Int) {
    var stream = RandomStream(seed: 5, .dataOrder)
    #expect(stream.permutation(of: count).sorted() == Array(0..<count))
  }

  @Test("Every order of three is equally likely")
  func permutationsAreUniform() {
    var stream = RandomStream(seed: 6, .dataOrder)
    var seen: [[Int]: Int] = [:]
    let draws = 6000
    for _ in 0..<draws { seen[stream.permutation(of: 3), default: 0] += 1 }
    #expect(seen.count == 6)
    // Binomial: mean 1000, deviation 29.
    for (order, times) in seen { #expect(abs(times - draws / 6) < 150, "\(order)") }
  }

  @Test("A normal tensor has the deviation asked for")
  func normalTensor() {
    var stream = RandomStream(seed: 8, .initialisation)
    let tensor = Tensor<Float>.normal(shape: [100, 200], standardDeviation: 0.25, from: &stream)
    let variance = tensor.squaredNorm / Double(tensor.count)
    #expect(abs(variance / 0.0625 - 1) < 5 * (2 / Double(tensor.count)).squareRoot())
  }
}
