import Proximal
import Tensors
import Testing

@testable import Lifted

/// One energy, several jobs: which blocks are free.
@Suite struct JobTests {
  private let pool = WorkerPool(threads: 1)

  @Test(
    "With weights and input clamped the solver finds the forward pass", arguments: Formula.separable
  )
  func inference(_ formula: Formula) throws {
    let naive = try Naive([4, 6, 5, 3], [formula, formula, .softmax])
    let start = try naive.point(5)
    let forward = try LiftedPoint(
      forward: start.x[0], theta: start.theta, network: naive.network, on: pool)
    let descent = try BlockDescent(Energy(naive.network), free: .inference)
    var state = descent.start(at: start, on: pool)
    #expect(distance(start.x[2], forward.x[2]) > 0.1)
    for _ in 0..<2000 { try descent.round(&state, on: pool) }
    for l in 1...3 { #expect(distance(state.point.x[l], forward.x[l]) < 1e-8, "variable \(l)") }
  }

  @Test(
    "With weights and output clamped the solver recovers the input",
    arguments: [Formula.relu, .tanh])
  func inversion(_ formula: Formula) throws {
    let naive = try Naive([3, 24, 24], [formula, .identity])
    let theta = Parameters<Double>.random(naive.network)
    let truth: Tensor<Double> = normal([4, 3], lane: 5)
    let measured = try LiftedPoint(
      forward: truth, theta: theta, network: naive.network, on: pool
    ).x[2]
    let energy = try Energy(naive.network, weightPenalty: .none)
    let descent = try BlockDescent(energy, free: .inversion)
    var state = descent.start(
      at: try LiftedPoint(
        forward: Tensor(shape: [4, 3]), output: measured, theta: theta, network: naive.network,
        on: pool), on: pool)
    for _ in 0..<4000 { try descent.round(&state, on: pool) }
    #expect(distance(state.point.x[0], truth) < 1e-4)
  }

  @Test("A regularised output that is free is found by its own prox")
  func sparseCode() throws {
    let l1 = try L1Penalty(alpha: 0.4)
    let network = try Network { try dense(4, 6, Identity(), regulariser: l1) }
    let energy = try Energy(network, weights: [2])
    let point = try LiftedPoint<Double>(
      forward: normal([5, 4], lane: 1), theta: .random(network), network: network, on: pool)
    let z = point.x[1]
    let descent = try BlockDescent(energy, free: .output)
    var state = descent.start(at: point, on: pool)
    for _ in 0..<60 { try descent.round(&state, on: pool) }
    // argmin_x  2 * 1/2 (x - z)^2 + 0.4 |x|: a soft threshold of 0.2.
    let expected = z.map { ($0 < 0 ? -1 : 1) * max(abs($0) - 0.2, 0) }
    #expect(distance(state.point.x[1], expected) < 1e-12)
  }

  @Test("Layers of zeros are no obstacle to inversion")
  func zeroWeights() throws {
    let naive = try Naive([3, 4, 2], [.relu, .identity])
    let theta = Parameters<Double>(zerosFor: naive.network)
    let descent = try BlockDescent(Energy(naive.network), free: .joint)
    var state = descent.start(
      at: try LiftedPoint(
        forward: normal([5, 3], lane: 1), output: normal([5, 2], lane: 2), theta: theta,
        network: naive.network, on: pool), on: pool)
    for _ in 0..<3 { try descent.round(&state, on: pool) }
    #expect(state.point.x.allSatisfy { $0.isFinite } && state.point.theta.isFinite)
  }

  @Test(
    "Clamped blocks keep their bits and free ones move", arguments: 1..<16,
    [Moves.proximalGradient, .mirror])
  func clamped(_ blocks: Int, _ update: Moves) throws {
    let naive = try Naive([4, 6, 5, 3], [.relu, .tanh, .identity])
    let free = Blocks(rawValue: blocks)
    let start = try naive.point(5)
    let descent = try BlockDescent(
      Energy(naive.network), free: free, variableSolver: try update.solver)
    var state = descent.start(at: start, on: pool)
    for _ in 0..<3 { try descent.round(&state, on: pool) }
    // With all variables free the mirror form starts at the forward pass, where nothing need move.
    let rests = update == .mirror && free.isSuperset(of: .inference)
    #expect(state.point.theta == start.theta || free.contains(.parameters))
    #expect(state.point.theta != start.theta || !free.contains(.parameters) || rests)
    for l in 0...3 {
      let block: Blocks = l == 0 ? .input : l == 3 ? .output : .hidden
      #expect(state.point.x[l] == start.x[l] || free.contains(block), "variable \(l)")
      #expect(state.point.x[l] != start.x[l] || !free.contains(block) || rests, "variable \(l)")
    }
  }

  @Test("A frozen layer keeps its bits while the others train")
  func frozenLayer() throws {
    let network = try Naive([4, 6, 3], [.relu, .identity]).network.withFrozenHiddenLayers
    let start = try LiftedPoint<Double>(
      forward: normal([5, 4], lane: 1), output: normal([5, 3], lane: 2), theta: .random(network),
      network: network, on: pool)
    let descent = try BlockDescent(Energy(network), free: .training)
    var state = descent.start(at: start, on: pool)
    try descent.round(&state, on: pool)
    #expect(state.point.theta.layers[0] == start.theta.layers[0])
    #expect(state.point.theta.layers[1] != start.theta.layers[1])
  }

  @Test("Combinations that make no sense are refused with a sentence")
  func refusals() throws {
    let energy = try Energy(try Naive([4, 6, 3], [.relu, .identity]).network)
    #expect(throws: SolverError.self) { try BlockDescent(energy, free: []) }
    #expect(throws: SolverError.self) {
      try BlockDescent(energy, free: .hidden, variableSolver: try MirrorStep(steps: 0))
    }
    #expect(throws: SolverError.self) {
      try BlockDescent(
        energy, free: .training, parameterSolver: try Majorise(tau: 1), anchorTau: 1)
    }
    let sparse = try Network {
      try dense(4, 6, ReLU(), regulariser: try L1Penalty(alpha: 0.1))
      try dense(6, 2, Identity())
    }
    #expect(throws: SolverError.self) {
      try BlockDescent(Energy(sparse), free: .hidden, variableSolver: try MirrorStep(steps: 1))
    }
    for bad in notPositive {
      #expect(throws: SolverError.self) {
        try BlockDescent(energy, free: .training, anchorTau: bad)
      }
      #expect(throws: SolverError.self) {
        try BlockDescent(
          energy, free: .training, parameterSolver: try Majorise(tau: bad))
      }
    }
  }
}
