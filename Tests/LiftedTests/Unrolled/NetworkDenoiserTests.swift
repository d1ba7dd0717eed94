import Proximal
import Tensors
import Testing

@testable import Lifted

private let pool = WorkerPool(threads: 2)

@Suite("A network as a plug-and-play prior") struct NetworkDenoiserTests {
  private func unrolled(range: ClosedRange<Double>? = nil) throws -> UnrolledNetwork {
    try UnrolledNetwork(
      try ImageShape(channels: 1, height: 7, width: 6), features: 8, kernel: 3, layers: 6,
      threshold: 0.1, scheme: range == nil ? .dualForwardBackward() : .chambollePock(),
      range: range)
  }

  @Test(
    "at the noise it was trained at it is the network; at another the network of that threshold")
  func scaling() throws {
    let network = try unrolled()
    let theta: Parameters<Float> = try network.cosineFilters()
    let denoiser = try NetworkDenoiser(network, theta, trainedAt: 0.05)
    let v: Tensor<Float> = normal([3, 42], lane: 3, scale: 0.3)
    var same = v
    denoiser.denoise(&same, sigma: 0.05, on: pool)
    #expect(distance(same, try network.network().output(of: v, at: theta, on: pool)) < 1e-6)
    // Twice the noise: twice the threshold.
    let other = try UnrolledNetwork(
      network.image, features: 8, kernel: 3, layers: 6, threshold: 0.2)
    var doubled = v
    denoiser.denoise(&doubled, sigma: 0.1, on: pool)
    let expected = try other.network().output(
      of: v, at: try other.cosineFilters() as Parameters<Float>, on: pool)
    #expect(distance(doubled, expected) < 1e-6)
    #expect(distance(doubled, same) > 1e-2)
  }

  @Test("as a prior its step is a variance; channels are planes, rows do not mix")
  func prior() throws {
    let network = try unrolled()
    let denoiser = try NetworkDenoiser(
      network, try network.cosineFilters(), trainedAt: 0.05)
    let prior = try PlugAndPlay(denoiser, strength: 2)
    let v: Tensor<Double> = normal([2, 84], lane: 3, scale: 0.3)
    var (u, memory) = (v, RegulariserMemory<Double>())
    prior.prox(of: &u, step: 0.01, &memory, on: pool)
    var planes = Tensor(rows: (0..<4).map { Array(v.scalars[$0 * 42..<($0 + 1) * 42]) })
    denoiser.denoise(&planes, sigma: 0.2, on: pool)
    #expect(u.scalars == planes.scalars && u != v)
    #expect(throws: Never.self) { try prior.check(columns: 84) }
    #expect(throws: ProximalError.self) { try prior.check(columns: 43) }
    #expect(throws: ProximalError.self) { try PlugAndPlay(denoiser, strength: 0) }
  }

  @Test("networks that do not scale, or are no denoisers, are refused")
  func refused() throws {
    let clipping = try unrolled(range: 0...1)
    #expect(throws: SolverError.self) {
      try NetworkDenoiser(clipping, try clipping.cosineFilters(), trainedAt: 0.05)
    }
    let network = try unrolled()
    #expect(throws: SolverError.self) {
      try NetworkDenoiser(network, try network.cosineFilters(), trainedAt: 0)
    }
    let narrow = try Network { try dense(4, 3, ReLU()) }
    #expect(throws: SolverError.self) {
      try NetworkDenoiser(narrow, Parameters(zerosFor: narrow), trainedAt: 0.1)
    }
  }

  private func distance(_ a: Tensor<Float>, _ b: Tensor<Float>) -> Float {
    zip(a.scalars, b.scalars).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }
}
