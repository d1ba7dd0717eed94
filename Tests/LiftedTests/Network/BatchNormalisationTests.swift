import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct BatchNormalisationTests {
  private let pool = WorkerPool(threads: 2)

  private func image() throws -> ImageShape { try ImageShape(channels: 3, height: 4, width: 5) }

  /// Weight, bias, mean and variance.
  private var theta: [Tensor<Double>] {
    var variance: Tensor<Double> = normal([3], lane: 4)
    for c in 0..<3 { variance[c] = 0.5 + variance[c] * variance[c] }
    return [normal([3], lane: 1), normal([3], lane: 2), normal([3], lane: 3), variance]
  }

  @Test("Each number is normalised, scaled and shifted by its channel")
  func formula() throws {
    let stage = try BatchNormalisation(image(), epsilon: 0.1)
    let x: Tensor<Double> = normal([2, 60], lane: 5)
    let z = Layer(stage, Identity()).preactivation(theta, x, on: pool)
    for i in 0..<2 {
      for j in 0..<60 {
        let c = j / 20
        let unit = (x[i, j] - theta[2][c]) / (theta[3][c] + 0.1).squareRoot()
        #expect(abs(z[i, j] - theta[0][c] * unit - theta[1][c]) < 1e-12)
      }
    }
  }

  @Test("The adjoint passes the dot-product test, the norm is exact")
  func adjoint() throws {
    let stage = try BatchNormalisation(image())
    let x: Tensor<Double> = normal([2, 60], lane: 5)
    let r: Tensor<Double> = normal([2, 60], lane: 6)
    var (z, u) = (r, x)
    stage.apply(theta, to: x, into: &z, on: pool)
    stage.adjoint(theta, of: r, into: &u, on: pool)
    #expect(abs(z.dot(r) - x.dot(u)) < 1e-11 * (z.squaredNorm * r.squaredNorm).squareRoot())
    var vector = Tensor<Double>(shape: [60])
    let scales = (0..<3).map { theta[0][$0] * theta[0][$0] / (theta[3][$0] + 1e-5) }
    let norm = stage.squaredNorm(theta, vector: &vector, iterations: 1, on: pool)
    #expect(abs(norm - (scales.max() ?? 0)) < 1e-12)
  }

  @Test("Renewed statistics are mean and variance of each channel, or an average with the old")
  func statistics() throws {
    let stage = try BatchNormalisation(image())
    let x: Tensor<Double> = normal([6, 60], lane: 5, scale: 2)
    var (fresh, mixed) = (theta, theta)
    stage.renewStatistics(of: &fresh, from: x, keeping: 0, on: pool)
    stage.renewStatistics(of: &mixed, from: x, keeping: 0.75, on: pool)
    for c in 0..<3 {
      let values = (0..<6).flatMap { i in (0..<20).map { x[i, c * 20 + $0] } }
      let mean = values.reduce(0, +) / 120
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 120
      #expect(abs(fresh[2][c] - mean) < 1e-12 && abs(fresh[3][c] - variance) < 1e-12)
      #expect(abs(mixed[2][c] - 0.75 * theta[2][c] - 0.25 * mean) < 1e-12)
      #expect(abs(mixed[3][c] - 0.75 * theta[3][c] - 0.25 * variance) < 1e-12)
    }
    #expect(fresh[0] == theta[0] && fresh[1] == theta[1])
  }

  /// 1 x 6 x 6 to three classes with a normalisation of images and one of a row.
  private func network() throws -> Network {
    let small = try ImageShape(channels: 4, height: 4, width: 4)
    return try Network {
      try convolution(
        ImageShape(channels: 1, height: 6, width: 6), 4, kernel: Extent(3), Identity())
      Layer(try BatchNormalisation(small), Tanh())
      try dense(64, 8, Identity())
      Layer(try BatchNormalisation(8), Tanh())
      try dense(8, 3, Softmax())
    }
  }

  private func initial<S: TensorScalar>(_ network: Network) throws -> Parameters<S> {
    try Initialisation.leCun.parameters(
      for: network, seed: 3, probe: normal([50, 36], lane: 8), on: pool)
  }

  @Test("With the statistics held, gradients are those of finite differences and of a small nudge")
  func gradients() throws {
    let network = try network()
    let theta: Parameters<Double> = try initial(network)
    let batch = Batch<Double>(inputs: normal([6, 36], lane: 1), targets: oneHot(6, classes: 3))
    let gradient = try BackPropagation().weightGradient(
      of: network, at: theta, batch, beta: 1, on: pool)
    for (l, layer) in network.layers.enumerated() {
      for slot in layer.stage.parameters.indices.prefix(2) {
        let error = largestSlopeError(of: gradient.layers[l][slot], at: theta.layers[l][slot]) {
          var moved = theta
          moved.layers[l][slot] = $0
          return Evaluation(of: moved, network, on: TensorSamples(batch), pool: pool).loss
        }
        #expect(error < 1e-6)
      }
    }
    let lifted = try CentredContrast().weightGradient(
      of: network, at: theta, batch, beta: 1e-2, on: pool)
    #expect(lifted.cosine(to: gradient) > 0.999)
  }

  @Test("The implicit step is the minimiser of its quadratic model")
  func implicitStep() throws {
    let stage = try BatchNormalisation(image())
    let (scale, tau) = (0.1, 2.0)
    let x: Tensor<Double> = normal([3, 60], lane: 5)
    let r: Tensor<Double> = normal([3, 60], lane: 6)
    var moved = theta
    try stage.implicitStep(
      &moved, residual: r, at: x, scale: scale, tau: tau, relaxation: 1, on: pool)
    for c in 0..<3 {
      let (w, b) = (moved[0][c] - theta[0][c], moved[1][c] - theta[1][c])
      var (slopeW, slopeB) = (w / tau, b / tau)
      for i in 0..<3 {
        for j in (c * 20)..<(c * 20 + 20) {
          let residual = r[i, j] + w * x[i, j] + b
          slopeW += scale * residual * x[i, j]
          slopeB += scale * residual
        }
      }
      #expect(abs(slopeW) < 1e-10 && abs(slopeB) < 1e-10)
    }
    #expect(moved[2] == theta[2] && moved[3] == theta[3])
  }

  @Test("Training renews the statistics, lowers the loss, and is the same bits with any threads")
  func training() throws {
    let network = try network()
    let samples = TensorSamples(clouds: 3, samples: 60, inputs: 36, spread: 2)
    let method = OneSweep(
      signal: CentredContrast(), updates: [try Adam(stepSize: 0.01)], nudge: try Nudge(0.1))
    func trained(_ threads: Int) throws -> (theta: Parameters<Float>, losses: [Double]) {
      let training = try StochasticTraining(
        network, method: method, batchSize: 20, epochs: 12, seed: 1)
      let start: Parameters<Float> = try initial(network)
      var state = training.start(from: start)
      let losses = try training.run(&state, on: samples, threads: threads)
      return (state.theta, losses)
    }
    let one = try trained(1)
    #expect(one.losses[11] < 0.5 * one.losses[0])
    let untrained: Parameters<Float> = try initial(network)
    #expect(one.theta.layers[1][2] != untrained.layers[1][2])
    #expect(try trained(3).theta == one.theta)
  }

  @Test("Scales and variances start at 1; a width or an epsilon that makes no sense is refused")
  func start() throws {
    let theta: Parameters<Float> = try Initialisation.he.parameters(
      for: network(), seed: 1, on: pool)
    #expect(
      theta.layers[1][0].scalars == [1, 1, 1, 1] && theta.layers[1][3].scalars == [1, 1, 1, 1])
    #expect(throws: SolverError.self) { try BatchNormalisation(0) }
    for epsilon in notPositive {
      #expect(throws: SolverError.self) { try BatchNormalisation(3, epsilon: epsilon) }
    }
  }
}
