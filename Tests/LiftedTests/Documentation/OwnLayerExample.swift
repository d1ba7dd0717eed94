import Lifted
import Proximal
import Tensors
import Testing

/// `z = d * x`: each number of a sample multiplied by a factor of its own.
struct Scaling: AffineStage {
  let inputs: Int
  var outputs: Int { inputs }
  var parameters: [ParameterShape] { [ParameterShape(name: "weight", shape: [inputs], fanIn: 1)] }

  func offset<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S>? { nil }

  func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    let (d, x) = (theta[0].scalars, x.scalars)
    let whole = Tile(rows: 0..<z.rows, columns: 0..<inputs)
    z.withMutablePointer { z in
      for i in x.indices { z[i] = d[i % inputs] * x[i] }
      finish?(whole, z)
    }
  }

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
    var g = [S](repeating: 0, count: inputs)
    for i in 0..<x.count { g[i % inputs] += scale * r.scalars[i] * x.scalars[i] }
    body(0, 0..<inputs, g)
  }

  func implicitStep<S: TensorScalar>(
    _ theta: inout [Tensor<S>], residual r: Tensor<S>, at x: Tensor<S>, scale: S, tau: S,
    relaxation: S, on pool: WorkerPool
  ) throws(SolverError) {
    for j in 0..<inputs {
      var (slope, curvature) = (S(0), 1 / tau)
      for i in stride(from: j, to: x.count, by: inputs) {
        slope += scale * r.scalars[i] * x.scalars[i]
        curvature += scale * x.scalars[i] * x.scalars[i]
      }
      theta[0][j] -= relaxation * slope / curvature
    }
  }

  func squaredNorm<S: TensorScalar>(
    _ theta: [Tensor<S>], vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    theta[0].scalars.reduce(0) { max($0, $1 * $1) }
  }

  func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    (0..<inputs).reduce(0) { most, j in
      max(most, (0..<x.rows).reduce(0) { $0 + x[$1, j] * x[$1, j] })
    }
  }
}

@Suite("The article on writing a layer")
struct OwnLayerExample {
  private let pool = WorkerPool(threads: 2)
  private let stage = Scaling(inputs: 5)

  private func random(_ shape: [Int], lane: UInt64) -> Tensor<Double> {
    var stream = RandomStream(seed: 7, .probe, lane: lane)
    return .normal(shape: shape, from: &stream)
  }

  private func applied(_ theta: Tensor<Double>, to x: Tensor<Double>) -> Tensor<Double> {
    var z = Tensor<Double>(shape: x.shape)
    stage.apply([theta], to: x, into: &z, on: pool, finish: nil)
    return z
  }

  @Test("The adjoint is the adjoint")
  func adjoint() {
    let (d, x, r) = (random([5], lane: 0), random([3, 5], lane: 1), random([3, 5], lane: 2))
    var u = Tensor<Double>(shape: [3, 5])
    stage.adjoint([d], of: r, into: &u, on: pool, finish: nil)
    #expect(abs(applied(d, to: x).dot(r) - x.dot(u)) < 1e-12)
  }

  @Test("The gradient is the difference quotient")
  func gradient() {
    let (d, x, r) = (random([5], lane: 0), random([3, 5], lane: 1), random([3, 5], lane: 2))
    stage.gradient(of: r, at: x, scale: 0.5, on: pool) { _, range, g in
      for j in range {
        var moved = d
        moved[j] += 1
        let change = (applied(moved, to: x).dot(r) - applied(d, to: x).dot(r)) / 2
        #expect(abs(change - g[j]) < 1e-12)
      }
    }
  }

  @Test("The implicit step minimises its quadratic model")
  func implicitStep() throws {
    let (x, r) = (random([3, 5], lane: 1), random([3, 5], lane: 2))
    var step = [Tensor<Double>(shape: [5])]
    try stage.implicitStep(&step, residual: r, at: x, scale: 0.3, tau: 2, relaxation: 1, on: pool)
    func model(_ d: Tensor<Double>) -> Double {
      let z = applied(d, to: x)
      return 0.3 * (z.dot(r) + z.squaredNorm / 2) + d.squaredNorm / 4
    }
    for j in 0..<5 {
      for change in [-1e-3, 1e-3] {
        var other = step[0]
        other[j] += change
        #expect(model(step[0]) < model(other))
      }
    }
  }

  @Test("It trains in a network with every kind of update")
  func trains() throws {
    let pool = WorkerPool(threads: 2)
    let network = try Network {
      Layer(Scaling(inputs: 256), Identity())
      try dense(256, 6, Softmax())
    }

    let shapes = ShapeImages.make(count: 300, seed: 1, lane: 0)
    let samples = try ImageSamples(
      bytes: shapes.bytes, labels: shapes.labels, pixels: 256, task: .classification(classes: 6),
      seed: 1)
    for update in [try Adam() as any WeightUpdate, try ImplicitStep(tau: 1)] {
      let training = try StochasticTraining(
        network, method: OneSweep(signal: MirrorSweep(), updates: [update], nudge: try Nudge(0.1)),
        batchSize: 30, epochs: 3, seed: 1)
      let initial: Parameters<Float> = try Initialisation.leCun.parameters(
        for: network, seed: 1, on: pool)
      var state = training.start(from: initial)
      var workspace = TrainingWorkspace<Float>(for: network)
      while state.progress.epoch < 3 {
        _ = try training.step(&state, &workspace, from: samples, on: pool)
      }
      #expect(state.theta.layers[0] != initial.layers[0])
      let before = Evaluation(of: initial, network, on: samples, pool: pool)
      #expect(Evaluation(of: state.theta, network, on: samples, pool: pool).loss < before.loss)
    }
  }
}
