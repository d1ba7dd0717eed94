import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct DescentTests {
  struct Method: Sendable, CustomTestStringConvertible {
    let sweep: Sweep
    let variables: Moves
    let parameters: WeightMoves
    var testDescription: String { "\(sweep), \(variables), \(parameters)" }
  }

  static let methods = [Sweep.backward, .forward, .redBlack].flatMap { sweep in
    [Moves.proximalGradient, .mirror].flatMap { variables in
      [
        WeightMoves.gradient, .majorise(tau: 1, relaxation: 1),
        .majorise(tau: 100, relaxation: 0.5),
      ].map { Method(sweep: sweep, variables: variables, parameters: $0) }
    }
  }

  private let pool = WorkerPool(threads: 1)

  private func problem(
    _ formula: Formula, head: Formula = .softmax
  ) throws -> (naive: Naive, start: LiftedPoint<Double>) {
    let naive = try Naive([6, 8, 7, 5, 3], [formula, formula, formula, head])
    let batch = naive.batch(20)
    let start = try LiftedPoint(
      forward: batch.inputs, output: batch.targets, theta: .random(naive.network, gain: 1.5),
      network: naive.network, on: pool)
    return (naive, start)
  }

  @Test("Training never increases the energy", arguments: methods, [Formula.relu, .tanh])
  func monotone(_ method: Method, _ formula: Formula) throws {
    let (naive, start) = try problem(formula)
    let energy = try Energy(
      naive.network, weights: [1, 0.5, 2, 3], weightPenalty: WeightPenalty(decay: 1e-3))
    let descent = try BlockDescent(
      energy, free: .training, sweep: method.sweep, variableSolver: try method.variables.solver,
      parameterSolver: try method.parameters.solver)
    var state = descent.start(at: start, on: pool)
    var last = energy.value(at: state.point, on: pool).total
    let first = last
    for round in 1...80 {
      try descent.round(&state, on: pool)
      let value = energy.value(at: state.point, on: pool).total
      #expect(value <= last + 1e-12 * abs(last), "round \(round)")
      last = value
    }
    #expect(last < 0.7 * first)
  }

  @Test("A sparse layer trains without increasing the energy")
  func monotoneWithRegulariser() throws {
    let network = try Network {
      try dense(6, 8, ReLU())
      try dense(8, 7, try SoftThreshold(alpha: 0.1), regulariser: try L1Penalty(alpha: 0.05))
      try dense(7, 3, Identity())
    }
    let energy = try Energy(network)
    let descent = try BlockDescent(energy, free: .training)
    var state = descent.start(
      at: try LiftedPoint<Double>(
        forward: normal([20, 6], lane: 1), output: normal([20, 3], lane: 2),
        theta: .random(network), network: network, on: pool), on: pool)
    var last = energy.value(at: state.point, on: pool).total
    for _ in 0..<60 {
      try descent.round(&state, on: pool)
      let value = energy.value(at: state.point, on: pool).total
      #expect(value <= last + 1e-12)
      last = value
    }
  }

  /// The hidden variables after many sweeps with everything else clamped.
  private func converged(
    _ formula: Formula, sweep: Sweep, _ update: Moves
  ) throws -> [Tensor<Double>] {
    let (naive, start) = try problem(formula)
    let descent = try BlockDescent(
      Energy(naive.network), free: .hidden, sweep: sweep, variableSolver: try update.solver)
    var state = descent.start(at: start, on: pool)
    for _ in 0..<3000 { try descent.sweepVariables(&state, on: pool) }
    return state.point.x
  }

  @Test(
    "Red-black, forward and backward sweeps share their fixed point",
    arguments: [Formula.relu, .tanh])
  func sweepsAgree(_ formula: Formula) throws {
    let reference = try converged(formula, sweep: .backward, .proximalGradient)
    for sweep in [Sweep.forward, .redBlack] {
      let x = try converged(formula, sweep: sweep, .proximalGradient)
      for l in 1...3 { #expect(distance(x[l], reference[l]) < 1e-9, "\(sweep), variable \(l)") }
    }
  }

  @Test("Mirror and proximal steps reach the same minimiser", arguments: Formula.separable)
  func mirrorAgrees(_ formula: Formula) throws {
    let reference = try converged(formula, sweep: .backward, .proximalGradient)
    let x = try converged(formula, sweep: .backward, .mirror)
    for l in 1...3 { #expect(distance(x[l], reference[l]) < 1e-8, "variable \(l)") }
  }

  @Test("Red-black sweeps update odd layers from even ones and then even from odd")
  func redBlackOrder() throws {
    let (naive, start) = try problem(.tanh)
    let energy = try Energy(naive.network)
    func swept(_ sweep: Sweep) throws -> [Tensor<Double>] {
      let descent = try BlockDescent(energy, free: .hidden, sweep: sweep)
      var state = descent.start(at: start, on: pool)
      try descent.sweepVariables(&state, on: pool)
      return state.point.x
    }
    let (jacobi, redBlack) = (try swept(.jacobi), try swept(.redBlack))
    let (forward, backward) = (try swept(.forward), try swept(.backward))
    // From the forward pass only the layer below the head has something to do at first.
    #expect(distance(jacobi[1], start.x[1]) < 1e-12)
    #expect(distance(jacobi[2], start.x[2]) < 1e-12)
    #expect(redBlack[1] == jacobi[1] && redBlack[3] == jacobi[3])
    #expect(distance(redBlack[2], start.x[2]) > 1e-6)
    #expect(distance(forward[1], start.x[1]) < 1e-12)
    #expect(distance(backward[1], start.x[1]) > 1e-6)
  }

  @Test(
    "A variable's block contracts by 1/(1 + mu lambda) or more at each step",
    arguments: Formula.separable)
  func contraction(_ formula: Formula) throws {
    let naive = try Naive([6, 8, 5], [formula, .softmax])
    let batch = naive.batch(4)
    let (lambda, next) = (0.8, 1.7)
    let theta = Parameters<Double>.random(naive.network, gain: 3)
    let descent = try BlockDescent(
      Energy(naive.network, weights: [lambda, next]), free: .hidden)
    var state = descent.start(
      at: try LiftedPoint(
        forward: batch.inputs, output: batch.targets, theta: theta, network: naive.network, on: pool
      ),
      on: pool)
    var path = [state.point.x[1]]
    for _ in 0..<400 {
      try descent.round(&state, on: pool)
      path.append(state.point.x[1])
    }
    var vector = Tensor<Double>(shape: [8])
    let square = theta.layers[1][0].squaredSpectralNorm(vector: &vector, iterations: 2000, on: pool)
    // The solver's step is at least this long: its norm has a margin of 5 %.
    let mu = 1 / (1.05 * next * square)
    let errors = path.map { x -> Double in
      var difference = x
      difference.combine(1, -1, path[400])
      return difference.squaredNorm.squareRoot()
    }
    for (before, after) in zip(errors, errors.dropFirst()) where before > 1e-7 {
      #expect(after <= before / (1 + mu * lambda) * (1 + 1e-6))
    }
    #expect(errors[0] > 1e-3)
  }
}
