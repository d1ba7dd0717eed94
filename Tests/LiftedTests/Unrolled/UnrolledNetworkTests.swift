import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct UnrolledNetworkTests {
  private static let pool = WorkerPool(threads: 2)
  private static var pixels: Int { 7 * 6 }

  static let schemes: [(UnrolledNetwork.Scheme, UnrolledNetwork.Synthesis)] = [
    (.dualForwardBackward(), .adjoint), (.dualForwardBackward(), .free),
    (.inertial(), .adjoint), (.accelerated(), .adjoint), (.accelerated(), .free),
    (.chambollePock(), .free), (.stronglyConvex(), .free),
  ]

  private static func unrolled(
    _ scheme: UnrolledNetwork.Scheme, _ synthesis: UnrolledNetwork.Synthesis? = nil,
    layers: Int = 4, threshold: Double = 0.1, features: Int = 8,
    range: ClosedRange<Double>? = nil, start: (any AffineStage)? = nil
  ) throws -> UnrolledNetwork {
    try UnrolledNetwork(
      try ImageShape(channels: 1, height: 7, width: 6), features: features, kernel: 3,
      layers: layers, threshold: threshold, scheme: scheme, synthesis: synthesis, range: range,
      start: start)
  }

  private static func output(
    _ unrolled: UnrolledNetwork, _ d: Tensor<Double>
  ) throws -> Tensor<Double> {
    let network = try unrolled.network()
    var states = LayerStates<Double>(for: network, samples: d.rows)
    states.x[0] = d
    states.forward(network, try unrolled.cosineFilters(), on: pool)
    return states.x[network.depth]
  }

  /// The minimiser of `1/2 ||x - d||^2 + nu ||L x||_1` by 20 000 plain steps on its dual.
  private static func proximal(_ d: Tensor<Double>, _ nu: Double) throws -> Tensor<Double> {
    let network = try unrolled(.dualForwardBackward()).network()
    let fork = try #require(network.layers[0].stage as? StagePair)
    let theta: Parameters<Double> = try unrolled(.dualForwardBackward()).cosineFilters()
    let filters = theta.layers[0]
    var u = Tensor<Double>(shape: [d.rows, fork.first.outputs])
    for _ in 0..<20_000 {
      var x = d
      x.combine(1, -1, fork.first.adjointed(filters, of: u, on: pool))
      u.combine(1, 1, fork.first.applied(filters, to: x, on: pool))
      u = u.map { min(max($0, -nu), nu) }
    }
    var x = d
    x.combine(1, -1, fork.first.adjointed(filters, of: u, on: pool))
    return x
  }

  @Test("Many steps of every denoising scheme solve the problem", arguments: schemes)
  func solves(_ scheme: UnrolledNetwork.Scheme, _ synthesis: UnrolledNetwork.Synthesis) throws {
    let d: Tensor<Double> = normal([2, Self.pixels], lane: 3, scale: 0.3)
    let exact = try Self.proximal(d, 0.1)
    func distance(_ layers: Int) throws -> Double {
      var x = try Self.output(Self.unrolled(scheme, synthesis, layers: layers), d)
      x.combine(1, -1, exact)
      return x.squaredNorm.squareRoot()
    }
    #expect(try distance(400) < 5e-3)
    #expect(try distance(3) > 1e-2)
  }
}
