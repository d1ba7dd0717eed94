import Lifted
import Proximal
import Tensors
import Testing

@Suite("The article on unrolled networks")
struct UnrolledExample {
  private static func noisy(_ rows: Int, _ columns: Int) -> Tensor<Float> {
    var stream = RandomStream(seed: 4, .synthesis)
    return .normal(shape: [rows, columns], standardDeviation: 0.3, from: &stream)
  }

  @Test("A network described for patches is trained, and serves a larger picture")
  func example() throws {
    let pool = WorkerPool(threads: 2)
    let denoiser = try UnrolledNetwork(
      try ImageShape(channels: 1, height: 16, width: 16), features: 8, kernel: 3, layers: 5,
      threshold: 0.05)
    let network = try denoiser.network()
    var theta: Parameters<Float> = try denoiser.cosineFilters()

    let probe = Batch(inputs: Self.noisy(8, 256), targets: Tensor<Float>(shape: [8, 256]))
    let beta = try NudgeCalibration().nudge(for: CentredContrast(), network, theta, probe, on: pool)
    let method = OneSweep(
      signal: CentredContrast(), updates: [try Adam(stepSize: 2e-3)], nudge: try Nudge(beta))

    let training = try StochasticTraining(network, method: method, batchSize: 8, epochs: 1, seed: 0)
    var state = training.start(from: theta)
    var workspace = LayerStates<Float>(for: network, samples: 8)
    var losses: [Double] = []
    for _ in 0..<20 {
      let before = state.progress.lossOfEpoch
      try method.step(&state, probe, network, workspace: &workspace, stepFactor: 1, on: pool)
      losses.append(state.progress.lossOfEpoch - before)
    }
    theta = state.theta
    #expect(losses[19] < 0.9 * losses[0])

    let noisy = Self.noisy(1, 1200)
    let large = try UnrolledNetwork(
      try ImageShape(channels: 1, height: 40, width: 30), features: 8, kernel: 3, layers: 5,
      threshold: 0.05
    ).network()
    let point = try LiftedPoint(forward: noisy, theta: theta, network: large, on: pool)
    let restored = point.x[large.depth]
    #expect(restored.squaredNorm < noisy.squaredNorm)
  }
}
