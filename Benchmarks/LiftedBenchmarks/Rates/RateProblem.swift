import Lifted

import Tensors

/// One block of an energy, everything else clamped, and a point to start from.
struct RateProblem {
  let name: String
  let energy: Energy
  let free: Blocks
  let start: LiftedPoint<Double>
  private let pool = WorkerPool(threads: 1)

  /// A random start, and targets that another random network gives for noisy inputs.
  private init(
    _ name: String, _ layers: [Layer], _ free: Blocks, _ penalty: any Penalty,
    weights: [Double], inputs: Tensor<Double>
  ) throws {
    let network = try Network(layers)
    let longer = try Network(layers + [try dense(network.outputs, 1, Identity())])
    var noisy = inputs
    noisy.combine(1, 0.3, Self.normal(inputs.shape, lane: 2))
    let taught = try LiftedPoint(
      forward: noisy, output: Tensor(shape: [inputs.rows, 1]), theta: Self.theta(longer, lane: 10),
      network: longer, on: pool)
    start = try LiftedPoint(
      forward: inputs, output: taught.x[network.depth], theta: Self.theta(network, lane: 30),
      network: network, on: pool)
    energy = try Energy(
      network, penalty: penalty, loss: penalty, weights: weights, weightPenalty: .none)
    (self.name, self.free) = (name, free)
  }

  private static func theta(_ network: Network, lane: UInt64) -> Parameters<Double> {
    var theta = Parameters<Double>(zerosFor: network)
    for (l, layer) in network.layers.enumerated() {
      for (k, shape) in layer.stage.parameters.enumerated() {
        theta.layers[l][k] = normal(shape.shape, lane: lane + UInt64(2 * l + k))
        theta.layers[l][k].scale(by: 1 / Double(max(shape.fanIn, 4)).squareRoot())
      }
    }
    return theta
  }

  private static func normal(_ shape: [Int], lane: UInt64) -> Tensor<Double> {
    var stream = RandomStream(seed: 7, .synthesis, lane: lane)
    return .normal(shape: shape, from: &stream)
  }
}

extension RateProblem {
  /// The energy after one round of a solver.
  func value(
    variables: any VariableSolver = ProximalGradient.once,
    parameters: any ParameterSolver = ProximalGradient.once
  ) throws -> Double {
    let descent = try BlockDescent(
      energy, free: free, variableSolver: variables, parameterSolver: parameters)
    var state = descent.start(at: start, on: pool)
    try descent.round(&state, on: pool)
    return energy.value(at: state.point, on: pool).total
  }

  /// The energy at the start and after each of so many rounds.
  func values(_ solver: any BlockSolver, rounds: Int) throws -> [Double] {
    let descent = try BlockDescent(
      energy, free: free, variableSolver: solver, parameterSolver: solver)
    var state = descent.start(at: start, on: pool)
    return [energy.value(at: start, on: pool).total]
      + (try (0..<rounds).map { _ in
        try descent.round(&state, on: pool)
        return energy.value(at: state.point, on: pool).total
      })
  }

  /// `||A||^2` of the layer above the variable.
  func squaredNorm() -> Double {
    let stage = energy.network.layers[1].stage
    var vector = Tensor<Double>(shape: [stage.inputs])
    return stage.squaredNorm(start.theta.layers[1], vector: &vector, iterations: 1000, on: pool)
  }
}

extension RateProblem {
  /// 30 outputs, 60 inputs that are not negative, 400 samples.
  static func weights(
    _ activation: any Activation, penalty: any Penalty = BregmanPenalty(), _ name: String
  ) throws -> RateProblem {
    try RateProblem(
      name, [try dense(60, 30, activation)], .parameters, penalty, weights: [1],
      inputs: normal([400, 60], lane: 1).map { abs($0) })
  }

  /// The variable of 40 units between 20 inputs and 30 outputs, for 100 samples; the smaller the weight
  /// `lambda` of its own layer, the worse its conditioning.
  static func variable(
    _ activation: any Activation, _ head: any Activation, lambda: Double,
    penalty: any Penalty = BregmanPenalty(), _ name: String
  ) throws -> RateProblem {
    try RateProblem(
      name, [try dense(20, 40, activation), try dense(40, 30, head)], .hidden, penalty,
      weights: [lambda, 1], inputs: normal([100, 20], lane: 1))
  }
}
