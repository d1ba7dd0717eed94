import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct UnrolledTests {
  static let stages: [@Sendable () throws -> any AffineStage] = [
    { try DualForwardBackward(Matrix(inputs: 4, outputs: 6), step: 0.3) },
    {
      try DualForwardBackward(
        Matrix(inputs: 4, outputs: 6), synthesis: Matrix(inputs: 6, outputs: 4), step: 0.3)
    },
    { try InertialDualStep(step(), inertia: 0.7) },
    { try InertialDualStep(step(), inertia: 0.7, takesPast: false) },
    { try InertialDualStep(step(), inertia: 0.7, keepsPast: false) },
    { try PrimalStep.chambollePock(Matrix(inputs: 6, outputs: 4), step: 0.3, scale: 1.7) },
    { try PrimalStep.chambollePock(Matrix(inputs: 6, outputs: 4), step: 0.3).closing },
    {
      try PrimalStep.chambollePock(
        Matrix(inputs: 6, outputs: 4), resolvent: Smoothing(4), rest: Smoothing(4, centre: -0.2),
        step: 0.3)
    },
    { try PrimalStep.condatVu(Matrix(inputs: 6, outputs: 4), normal: Pass(4), step: 0.3) },
    { try DualStep(Matrix(inputs: 4, outputs: 6), step: 0.3, extrapolation: 0.8) },
  ]

  private static func step() throws -> DualForwardBackward {
    try DualForwardBackward(Matrix(inputs: 4, outputs: 6), step: 0.3)
  }

  @Test("Adjoint, gradient, norm and tiles are right", arguments: stages)
  func oracle(_ make: @Sendable () throws -> any AffineStage) throws {
    let oracle = StageOracle(try make())
    #expect(oracle.adjointError < 1e-14)
    #expect(oracle.gradientError < 1e-7)
    #expect(oracle.visits == [1])
    #expect(abs(oracle.normRatio - 1) < 1e-4)
    #expect(oracle.finishesOnce)
  }

  private static let length = 12
  private static let nu = 0.4

  /// Forward differences of a signal.
  private static let differences: Tensor<Double> = {
    var d = Tensor<Double>(shape: [length - 1, length])
    for i in 0..<(length - 1) { (d[i, i], d[i, i + 1]) = (-1, 1) }
    return d
  }()

  private static let signal: Tensor<Double> = {
    var d: Tensor<Double> = normal([1, length], lane: 8, scale: 0.3)
    for i in 5..<length { d[0, i] += 2 }
    return d
  }()

  /// The primal-dual gap of `min_x 1/2 ||x - d||^2 + nu ||D x||_1` at a dual point.
  private static func gap(_ u: Tensor<Double>) -> (gap: Double, picture: Tensor<Double>) {
    var picture = signal
    for i in 0..<length {
      for j in 0..<(length - 1) { picture[0, i] -= differences[j, i] * u[0, j] }
    }
    let gap = (0..<(length - 1)).reduce(0.0) { sum, j in
      let slope = picture[0, j + 1] - picture[0, j]
      return sum + nu * abs(slope) - u[0, j] * slope
    }
    return (gap, picture)
  }

  enum Scheme: CaseIterable { case plain, inertial, chambollePock, condatVu }

  /// The dual variable after many steps of a scheme, as a forward pass of an unrolled network.
  private func dual(_ scheme: Scheme, steps: Int) throws -> Tensor<Double> {
    let (n, m, d) = (Self.length, Self.length - 1, Self.differences)
    let pool = WorkerPool(threads: 1)
    let map = Matrix(inputs: n, outputs: m)
    var adjoint = Tensor<Double>(shape: [n, m])
    for i in 0..<n { for j in 0..<m { adjoint[i, j] = d[j, i] } }
    let ball = try Clip.dualBall(nu: Self.nu)
    let zeros = Tensor<Double>(shape: [1, m])
    func row(_ parts: Tensor<Double>...) -> Tensor<Double> {
      Tensor(rows: [parts.flatMap(\.scalars)])
    }
    let layers: [Layer]
    let start: Tensor<Double>
    switch scheme {
    case .plain:
      let stage = try DualForwardBackward(map, step: 0.45)
      layers = [Layer(stage, try Beside(ball, count: m, Identity()))]
      start = row(zeros, Self.signal)
    case .inertial:
      let stage = try InertialDualStep(
        try DualForwardBackward(map, step: 0.25), inertia: 0.6)
      layers = [Layer(stage, try Beside(ball, count: m, Identity()))]
      start = row(zeros, zeros, Self.signal)
    case .chambollePock, .condatVu:
      let tau = 0.4
      let synthesis = Matrix(inputs: m, outputs: n)
      let primal =
        scheme == .condatVu
        ? try PrimalStep.condatVu(synthesis, normal: Pass(n), step: tau)
        : try PrimalStep.chambollePock(synthesis, step: tau)
      layers = [
        Layer(primal, Identity()),
        Layer(
          try DualStep(map, step: 0.4),
          try Beside(Identity(), count: n, try Beside(ball, count: m, Identity()))),
      ]
      start = row(Self.signal, zeros, Self.signal)
    }
    let network = try Network(Array(repeating: layers, count: steps).flatMap { $0 })
    var theta = Parameters<Double>(zerosFor: network)
    for l in theta.layers.indices {
      theta.layers[l] = [theta.layers[l][0].shape == d.shape ? d : adjoint]
    }
    var states = LayerStates<Double>(for: network, samples: 1)
    states.x[0] = start
    states.forward(network, theta, on: pool)
    let first = scheme == .chambollePock || scheme == .condatVu ? n : 0
    return states.x[network.depth].columns(first..<(first + m), on: pool)
  }

  @Test(
    "Many unrolled steps with differences solve total variation denoising",
    arguments: Scheme.allCases)
  func solvesTotalVariation(_ scheme: Scheme) throws {
    let u = try dual(scheme, steps: 600)
    #expect(u.scalars.allSatisfy { abs($0) <= Self.nu })
    let end = Self.gap(u).gap
    #expect(end >= -1e-12 && end < 1e-6, "\(end)")
    #expect(Self.gap(try dual(scheme, steps: 3)).gap > 1e-3)
  }

  @Test("A weakly nudged sweep gives the gradient of back-propagation through an unrolled network")
  func nudged() throws {
    let (n, m) = (6, 8)
    let ball = try Clip.dualBall(nu: 0.4)
    let map = Matrix(inputs: n, outputs: m)
    let network = try Network {
      Layer(try StagePair.fork(map, Pass(n)), try Beside(ball, count: m, Identity()))
      for _ in 0..<4 {
        Layer(try DualForwardBackward(map, step: 0.2), try Beside(ball, count: m, Identity()))
      }
      Layer(try StagePair.join(Matrix(inputs: m, outputs: n), Pass(n)), Identity())
    }
    let theta = Parameters<Double>.random(network)
    let pool = WorkerPool(threads: 2)
    let batch = Batch<Double>(inputs: normal([9, n], lane: 16), targets: normal([9, n], lane: 17))
    let exact = try BackPropagation().weightGradient(
      of: network, at: theta, batch, beta: 1, on: pool)
    let lifted = try CentredContrast().weightGradient(
      of: network, at: theta, batch, beta: 1e-4, on: pool)
    #expect(lifted.cosine(to: exact) > 0.9999)
    for l in 0..<network.depth {
      let error = largestSlopeError(of: exact.layers[l][0], at: theta.layers[l][0]) { moved in
        var theta = theta
        theta.layers[l][0] = moved
        var states = LayerStates<Double>(for: network, samples: 9)
        return states.forwardLoss(batch, network, theta, on: pool) / 9
      }
      #expect(error < 1e-6, "layer \(l + 1)")
    }
  }

  @Test("Steps that are not positive and maps with an offset are refused", arguments: notPositive)
  func refused(_ step: Double) throws {
    #expect(throws: SolverError.self) {
      try DualForwardBackward(Matrix(inputs: 2, outputs: 3), step: step)
    }
    #expect(throws: SolverError.self) { try DualStep(Matrix(inputs: 2, outputs: 3), step: step) }
    #expect(throws: SolverError.self) { try DualForwardBackward(Dense(2, 3), step: 1) }
  }
}
