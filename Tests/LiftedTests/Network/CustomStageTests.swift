import Proximal
import Tensors
import Testing

@testable import Lifted

/// A stage of one's own, without an offset: `z_j = theta_j x_j`.
struct Diagonal: AffineStage {
  let width: Int
  var inputs: Int { width }
  var outputs: Int { width }
  var parameters: [ParameterShape] { [ParameterShape(name: "scale", shape: [width], fanIn: 1)] }

  func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    for i in 0..<x.rows { for j in 0..<width { z[i, j] = theta[0][j] * x[i, j] } }
    let whole = Tile(rows: 0..<x.rows, columns: 0..<width)
    z.withMutablePointer { finish?(whole, $0) }
  }

  func offset<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S>? { nil }

  func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    apply(theta, to: r, into: &u, on: pool, finish: finish)
  }

  func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    let sums = (0..<width).map { j in (0..<x.rows).reduce(0) { $0 + scale * r[$1, j] * x[$1, j] } }
    sums.withUnsafeBufferPointer { body(0, 0..<width, $0.baseAddress!) }
  }

  func implicitStep<S: TensorScalar>(
    _ theta: inout [Tensor<S>], residual r: Tensor<S>, at x: Tensor<S>, scale: S, tau: S,
    relaxation: S, on pool: WorkerPool
  ) throws(SolverError) {
    for j in 0..<width {
      let curvature = (0..<x.rows).reduce(1 / tau) { $0 + scale * x[$1, j] * x[$1, j] }
      let slope = (0..<x.rows).reduce(0) { $0 + scale * r[$1, j] * x[$1, j] }
      theta[0][j] -= relaxation * slope / curvature
    }
  }

  func squaredNorm<S: TensorScalar>(
    _ theta: [Tensor<S>], vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    theta[0].scalars.map { $0 * $0 }.max() ?? 0
  }

  func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    (0..<inputs).reduce(0) { most, j in
      max(most, (0..<x.rows).reduce(0) { $0 + x[$1, j] * x[$1, j] })
    }
  }
}

@Suite struct CustomStageTests {
  private let pool = WorkerPool(threads: 1)

  private func network() throws -> Network {
    try Network {
      try dense(5, 6, ReLU())
      Layer(Diagonal(width: 6), Tanh())
      try dense(6, 3, Softmax())
    }
  }

  @Test("A stage of one's own has a name and shape among the parameters")
  func parameters() throws {
    let network = try network()
    let names = Parameters<Float>(zerosFor: network).named(in: network).map(\.name)
    #expect(names == ["0.weight", "0.bias", "2.scale", "4.weight", "4.bias"])
    #expect(network.parameterCount == 36 + 6 + 21)
  }

  @Test("Its gradient is that of finite differences, by back-propagation and by a small nudge")
  func gradients() throws {
    let network = try network()
    let theta = Parameters<Double>.random(network)
    let batch = Batch<Double>(inputs: normal([8, 5], lane: 1), targets: oneHot(8, classes: 3))
    let gradient = try BackPropagation().weightGradient(
      of: network, at: theta, batch, beta: 1, on: pool)
    let error = largestSlopeError(of: gradient.layers[1][0], at: theta.layers[1][0]) {
      var moved = theta
      moved.layers[1][0] = $0
      return Evaluation(of: moved, network, on: TensorSamples(batch), pool: pool).loss
    }
    #expect(error < 1e-6)
    for signal in LiftedLimitTests.signals {
      let lifted = try signal.weightGradient(of: network, at: theta, batch, beta: 1e-3, on: pool)
      #expect(lifted.cosine(to: gradient) > 0.9999)
    }
  }

  @Test("Every method trains it")
  func training() throws {
    let network = try network()
    let samples = TensorSamples(clouds: 3, samples: 60, inputs: 5)
    let methods: [any MinibatchMethod] = [
      OneSweep(
        signal: CentredContrast(), updates: [try Adam(stepSize: 0.01)], nudge: try Nudge(0.1)),
      OneSweep(signal: MirrorSweep(), updates: [try ImplicitStep(tau: 0.5)], nudge: try Nudge(0.1)),
      try ImplicitStochasticGradient(tau: 1, rounds: 5),
    ]
    for method in methods {
      let training = try StochasticTraining(
        network, method: method, batchSize: 20, epochs: 12, seed: 1)
      let start = Parameters<Double>.random(network)
      var state = training.start(from: start)
      let losses = try training.run(&state, on: samples)
      #expect(losses[11] < 0.8 * losses[0])
      #expect(state.theta.layers[1][0] != start.layers[1][0])
    }
  }

  @Test("Block descent with majorising steps never increases the energy")
  func descent() throws {
    let network = try network()
    let energy = try Energy(network, weightPenalty: WeightPenalty(decay: 1e-2))
    let descent = try BlockDescent(
      energy, free: .training, parameterSolver: try Majorise(tau: 10))
    var state = descent.start(
      at: try LiftedPoint<Double>(
        forward: normal([8, 5], lane: 1), output: oneHot(8, classes: 3), theta: .random(network),
        network: network, on: pool), on: pool)
    var last = energy.value(at: state.point, on: pool).total
    for _ in 0..<40 {
      try descent.round(&state, on: pool)
      let value = energy.value(at: state.point, on: pool).total
      #expect(value <= last + 1e-12)
      last = value
    }
  }

  @Test("Data-dependent initialisation does without an offset")
  func initialisation() throws {
    let theta = try Initialisation.dataDependent.parameters(
      for: try network(), seed: 1, probe: normal([50, 5], lane: 1) as Tensor<Double>, on: pool)
    #expect(theta.isFinite)
  }
}
