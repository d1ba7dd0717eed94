import Lifted
import Proximal
import Tensors
import Testing

@Suite("The article on the idea")
struct TheIdeaExample {
  private let pool = WorkerPool(threads: 2)

  @Test("At the forward pass only the head's penalty is left, and it is the loss")
  func energyAtTheForwardPass() throws {
    var stream = RandomStream(seed: 1, .probe)
    let inputs = Tensor<Double>.normal(shape: [5, 4], from: &stream)
    let targets = Tensor<Double>(
      rows: [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]])

    let network = try Network {
      try dense(4, 8, ReLU())
      try dense(8, 3, Softmax())
    }
    let theta: Parameters<Double> = try Initialisation.he.parameters(
      for: network, seed: 1, on: pool)
    let energy = try Energy(network)
    let point = try LiftedPoint(
      forward: inputs, output: targets, theta: theta, network: network, on: pool)
    let penalties = energy.value(at: point, on: pool).penalties

    #expect(penalties.count == 2)
    #expect(abs(penalties[0]) < 1e-14)
    let output = try LiftedPoint(forward: inputs, theta: theta, network: network, on: pool).x[2]
    let entropy = (0..<5).map { row in
      (0..<3).reduce(0) { $0 - targets[row, $1] * Double.log(output[row, $1]) }
    }
    #expect(abs(penalties[1] - entropy.reduce(0, +) / 5) < 1e-12)
  }

  @Test("With the input free the same solver inverts the network")
  func inversion() throws {
    let network = try Network {
      try dense(6, 30, ReLU())
      try dense(30, 30, Identity())
    }
    let theta: Parameters<Double> = try Initialisation.he.parameters(
      for: network, seed: 3, on: pool)
    var stream = RandomStream(seed: 2, .probe)
    let original = Tensor<Double>.normal(shape: [4, 6], from: &stream)
    let measurement = try LiftedPoint(forward: original, theta: theta, network: network, on: pool)
      .x[2]

    let inversion = try BlockDescent(Energy(network), free: .inversion)
    let start = try LiftedPoint(
      forward: Tensor(shape: [4, 6]), output: measurement, theta: theta, network: network, on: pool)
    var state = inversion.start(at: start, on: pool)
    for _ in 0..<4000 { try inversion.round(&state, on: pool) }
    let recovered = state.point.x[0]

    var error = recovered
    error.combine(1, -1, original)
    #expect((error.squaredNorm / original.squaredNorm).squareRoot() < 1e-2)
  }
}
