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
    (.chambollePock(), .free), (.chambollePock(primal: 0.5, dual: 2), .free),
    (.stronglyConvex(), .free),
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

  @Test("Cosine filters have norm at most 1, and with all of them L^* L is nearly the identity")
  func filters() throws {
    let image = try ImageShape(channels: 3, height: 20, width: 20)
    let unrolled = try UnrolledNetwork(
      image, features: 26, kernel: 3, layers: 2, threshold: 0.1)
    let theta: Parameters<Double> = try unrolled.cosineFilters()
    let fork = try #require(try unrolled.network().layers[0].stage as? StagePair)
    var start = Tensor<Double>(shape: [0])
    let square = fork.first.squaredNorm(
      theta.layers[0], vector: &start, iterations: 200, on: Self.pool)
    #expect(square > 0.9 && square <= 1 + 1e-12)
    // A checkerboard in one channel has almost no mean over a patch of all three.
    var board = Tensor<Double>(shape: [1, image.count])
    for i in 0..<400 { board[0, i] = (i / 20 + i % 20).isMultiple(of: 2) ? 1 : -1 }
    let back = fork.first.adjointed(
      theta.layers[0], of: fork.first.applied(theta.layers[0], to: board, on: Self.pool),
      on: Self.pool)
    #expect(abs(back[0, 210] / board[0, 210] - 1) < 0.01)
  }

  @Test("A resolvent of the identity is the denoising step of Chambolle and Pock")
  func resolventOfIdentity() throws {
    let d: Tensor<Double> = normal([2, Self.pixels], lane: 3, scale: 0.3)
    let half = Smoothing(Self.pixels, centre: 0.5, side: 0)
    let plain = try Self.output(Self.unrolled(.chambollePock()), d)
    let other = try Self.output(Self.unrolled(.resolvent(half)), d)
    #expect(zip(plain.scalars, other.scalars).allSatisfy { abs($0 - $1) < 1e-13 })
  }

  @Test("Many Condat-Vu steps reach the minimiser for a blur")
  func deblurs() throws {
    let (blur, nu) = (Smoothing(Self.pixels, centre: 0.6, side: 0.2), 0.02)
    let c: Tensor<Double> = normal([1, Self.pixels], lane: 4, scale: 0.3)
    let fork = try #require(
      try Self.unrolled(.dualForwardBackward()).network().layers[0].stage as? StagePair)
    let filters: Parameters<Double> = try Self.unrolled(.dualForwardBackward()).cosineFilters()
    func objective(_ x: Tensor<Double>) -> Double {
      let sparse = fork.first.applied(filters.layers[0], to: x, on: Self.pool)
      return x.dot(blur.applied([], to: x, on: Self.pool)) / 2 - c.dot(x)
        + nu * sparse.scalars.reduce(0) { $0 + abs($1) }
    }
    func excess(_ layers: Int) throws -> Double {
      let x = try Self.output(
        Self.unrolled(.condatVu(normal: blur), layers: layers, threshold: nu), c)
      let least = (0..<300).map { k in
        var moved: Tensor<Double> = normal(x.shape, lane: UInt64(100 + k))
        moved.combine([1e-1, 1e-2, 1e-3][k % 3], 1, x)
        return objective(moved)
      }
      return objective(x) - (least.min() ?? 0)
    }
    let end = try excess(3000)
    #expect(end < 1e-6, "\(end)")
    #expect(try excess(2) > 1e-3)
  }

  @Test("Data and threshold scaled together scale the result")
  func homogeneous() throws {
    let d: Tensor<Double> = normal([2, Self.pixels], lane: 3, scale: 0.3)
    let once = try Self.output(Self.unrolled(.accelerated(), threshold: 0.1), d)
    let thrice = try Self.output(
      Self.unrolled(.accelerated(), threshold: 0.3), d.scaled(by: 3))
    #expect(
      zip(once.scaled(by: 3).scalars, thrice.scalars).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test("Clipped pictures stay in their range, and a start changes the result")
  func rangeAndStart() throws {
    let d: Tensor<Double> = normal([2, Self.pixels], lane: 3)
    let clipped = try Self.output(Self.unrolled(.chambollePock(), range: 0...1), d)
    #expect(clipped.scalars.allSatisfy { (0...1).contains($0) })
    let free = try Self.output(Self.unrolled(.chambollePock()), d)
    #expect(free.scalars.contains { !(0...1).contains($0) })
    let smoothed = try Self.output(
      Self.unrolled(.chambollePock(), start: Smoothing(Self.pixels)), d)
    #expect(smoothed != free)
  }

  static let trained: [UnrolledNetwork.Scheme] = [
    .dualForwardBackward(), .accelerated(), .stronglyConvex(),
    .condatVu(normal: Smoothing(pixels), primal: 0.1, dual: 0.001),
    .resolvent(Smoothing(pixels, centre: 0.7, side: -0.1)),
  ]

  @Test(
    "At a tenth of the calibrated nudge the lifted gradient is back-propagation's",
    arguments: trained)
  func cosine(_ scheme: UnrolledNetwork.Scheme) throws {
    let unrolled = try Self.unrolled(scheme, layers: 6)
    let network = try unrolled.network()
    var theta: Parameters<Double> = try unrolled.cosineFilters()
    for l in theta.layers.indices {
      for k in theta.layers[l].indices {
        let noise: Tensor<Double> = normal(
          theta.layers[l][k].shape, lane: UInt64(60 + l), scale: 0.05)
        theta.layers[l][k].combine(1, 1, noise)
      }
    }
    let pictures = Self.steps(16)
    var noisy: Tensor<Double> = normal(pictures.shape, lane: 9, scale: 0.1)
    noisy.combine(1, 1, pictures)
    let batch = Batch(inputs: noisy, targets: pictures)
    let nudge = try NudgeCalibration().nudge(
      for: CentredContrast(), network, theta, batch, on: Self.pool)
    let cosine = CentredContrast().cosineToBackPropagation(
      of: network, at: theta, batch, beta: nudge / 10, on: Self.pool)
    #expect(try #require(cosine) >= 0.999)
  }

  /// Pictures of two grey levels, each with an edge of its own.
  private static func steps(_ count: Int) -> Tensor<Double> {
    var pictures = Tensor<Double>(shape: [count, pixels])
    for n in 0..<count {
      for i in 0..<pixels where (i % 6 + n * (i / 6)) % 7 > 2 { pictures[n, i] = 0.8 }
    }
    return pictures
  }

  @Test("Numbers out of range and parts without use are refused")
  func refused() throws {
    #expect(throws: SolverError.self) {
      try Self.unrolled(.dualForwardBackward(), features: 9)
    }
    #expect(throws: SolverError.self) { try Self.unrolled(.dualForwardBackward(), layers: 1) }
    #expect(throws: SolverError.self) {
      try Self.unrolled(.dualForwardBackward(), threshold: .nan)
    }
    #expect(throws: SolverError.self) {
      try Self.unrolled(.dualForwardBackward(), range: 0...1)
    }
    #expect(throws: SolverError.self) { try Self.unrolled(.chambollePock(), .adjoint) }
    #expect(throws: SolverError.self) { try Self.unrolled(.chambollePock(dual: -1)) }
    #expect(throws: SolverError.self) {
      try Self.unrolled(.condatVu(normal: Smoothing(3))).network()
    }
  }
}
