import Proximal
import Tensors
import Testing

@testable import Lifted

/// The infimum of the energy without a weight penalty is 0 for any targets: a hidden state shrinks by
/// `eps` while the next weights grow by `1/eps`.
@Suite struct DegeneracyTests {
  private static let samples = 8
  private let network: Network
  private let targets: Tensor<Double> = normal([samples, 3], lane: 2)
  private let pool = WorkerPool(threads: 1)

  init() throws { network = try Naive([5, Self.samples, 3], [.relu, .identity]).network }

  /// `x_1 = eps e_i` for sample `i`, `W_2 = Y^T / eps`, everything else 0: the head fits exactly.
  private func point(_ eps: Double) throws -> LiftedPoint<Double> {
    var theta = Parameters<Double>(zerosFor: network)
    var hidden = Tensor<Double>(shape: [Self.samples, Self.samples])
    for i in 0..<Self.samples {
      hidden[i, i] = eps
      for unit in 0..<3 { theta.layers[1][0][unit, i] = targets[i, unit] / eps }
    }
    let input: Tensor<Double> = normal([Self.samples, 5], lane: 1)
    return try LiftedPoint(theta: theta, x: [input, hidden, targets], network: network)
  }

  @Test("Without a penalty the energy tends to 0 for arbitrary targets")
  func degenerate() throws {
    let energy = try Energy(network, weightPenalty: .none)
    for eps in [1, 0.1, 0.01, 0.001] {
      let value = energy.value(at: try point(eps), on: pool).total
      #expect(abs(value / (eps * eps / 2) - 1) < 1e-9)
    }
  }

  @Test("With the default penalty the energy grows along the same sequence")
  func penalised() throws {
    let energy = try Energy(network)
    let values = try [0.1, 0.01, 0.001].map { energy.value(at: try point($0), on: pool).total }
    #expect(values[2] > 10 * values[1] && values[1] > values[0])
    #expect(values[2] > 100)
  }

  @Test("Block descent with the default penalty keeps the weights bounded by the first energy")
  func bounded() throws {
    let energy = try Energy(network)
    let descent = try BlockDescent(energy, free: .training)
    let start = try LiftedPoint(
      forward: normal([Self.samples, 5], lane: 1), output: targets, theta: .random(network),
      network: network, on: pool)
    let first = energy.value(at: start, on: pool).total
    var state = descent.start(at: start, on: pool)
    for _ in 0..<400 { try descent.round(&state, on: pool) }
    let square = state.point.theta.layers.reduce(0) { $0 + $1[0].squaredNorm }
    #expect(energy.weightPenalty.decay / 2 * square <= first)
    #expect(square < 100)
    #expect(energy.value(at: state.point, on: pool).total < first)
  }

  @Test("A radius keeps the weights inside the ball")
  func radius() throws {
    let penalty = try WeightPenalty(decay: 0, radius: 1.5)
    let descent = try BlockDescent(Energy(network, weightPenalty: penalty), free: .training)
    var state = descent.start(
      at: try LiftedPoint(
        forward: normal([Self.samples, 5], lane: 1), output: targets,
        theta: .random(network, gain: 4), network: network, on: pool), on: pool)
    for _ in 0..<50 { try descent.round(&state, on: pool) }
    for layer in state.point.theta.layers {
      #expect(layer[0].squaredNorm.squareRoot() <= 1.5 * (1 + 1e-12))
    }
    #expect(penalty.value(of: state.point.theta.layers[0], network.layers[0].stage) == 0)
    let outside = Parameters<Double>.random(network, gain: 100).layers[0]
    #expect(penalty.value(of: outside, network.layers[0].stage) == .infinity)
  }
}
