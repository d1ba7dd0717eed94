import Proximal
import Tensors
import Testing

@testable import Lifted

/// Every solver against the minimiser of its block, found by thousands of plain steps.
@Suite struct BlockSolverTests {
  private let pool = WorkerPool(threads: 1)

  /// The blocks that a test moves, everything else clamped.
  struct Problem {
    let energy: Energy
    let start: LiftedPoint<Double>
  }

  private func problem(
    _ formulas: [Formula], penalty: any Penalty = BregmanPenalty(), radius: Double? = nil,
    weights: [Double] = [0.8, 1.7]
  ) throws -> Problem {
    let naive = try Naive([6, 7, 4], formulas)
    let batch = naive.batch(12)
    let theta = Parameters<Double>.random(naive.network, gain: radius == nil ? 2 : 0.1)
    let start = try LiftedPoint(
      forward: batch.inputs, output: batch.targets, theta: theta, network: naive.network, on: pool)
    let penalties = try WeightPenalty(decay: 1e-2, radius: radius)
    return Problem(
      energy: try Energy(
        naive.network, penalty: penalty, weights: weights, weightPenalty: penalties), start: start)
  }

  private func settled(
    _ problem: Problem, _ free: Blocks, rounds: Int,
    _ variables: any VariableSolver = ProximalGradient.once,
    _ parameters: any ParameterSolver = ProximalGradient.once
  ) throws -> LiftedPoint<Double> {
    let descent = try BlockDescent(
      problem.energy, free: free, variableSolver: variables, parameterSolver: parameters)
    var state = descent.start(at: problem.start, on: pool)
    for _ in 0..<rounds { try descent.round(&state, on: pool) }
    return state.point
  }

  static let anyBlock: [any BlockSolver] = {
    do {
      return [
        try AcceleratedGradient(), try RestartedNesterov(), try HeavyBall(), try InertialStep(),
        try Backtracking(), try Backtracking(steps: 2, growth: 1),
      ]
    } catch { return [] }
  }()

  @Test(
    "Solvers of any block reach the minimiser in a variable", arguments: 0..<6, Formula.separable)
  func variable(_ index: Int, _ formula: Formula) throws {
    let problem = try problem([formula, .softmax])
    let reference = try settled(problem, .hidden, rounds: 3000)
    let x = try settled(problem, .hidden, rounds: 600, Self.anyBlock[index])
    #expect(distance(problem.start.x[1], reference.x[1]) > 1e-3)
    // Comparing values, backtracking sees no further than the root of their rounding.
    #expect(distance(x.x[1], reference.x[1]) < (Self.anyBlock[index].backtracks ? 1e-6 : 1e-8))
  }

  @Test("Solvers of any block reach the minimiser in the weights", arguments: 0..<6)
  func weights(_ index: Int) throws {
    let problem = try problem([.tanh, .identity])
    let reference = try settled(
      problem, .parameters, rounds: 400, ProximalGradient.once,
      try AcceleratedMajorise(tau: 1e6, steps: 50))
    let solver = Self.anyBlock[index]
    let found = try settled(problem, .parameters, rounds: 3000, ProximalGradient.once, solver)
    #expect(distance(problem.start.theta, reference.theta) > 1e-2)
    let (reached, best) = (
      problem.energy.value(at: found, on: pool).total,
      problem.energy.value(at: reference, on: pool).total
    )
    #expect(reached - best < 1e-6 * abs(best), "\(reached) against \(best)")
  }

  @Test("Majorise, its accelerated form and plain steps share their minimiser")
  func majorise() throws {
    let problem = try problem([.relu, .identity])
    let reference = try settled(
      problem, .parameters, rounds: 4000, ProximalGradient.once, try RestartedNesterov())
    let best = problem.energy.value(at: reference, on: pool).total
    for solver: any ParameterSolver in [
      try Majorise(tau: 1e3, steps: 2), try Majorise(tau: 10, relaxation: 0.5),
      try AcceleratedMajorise(tau: 1e3),
    ] {
      let found = try settled(problem, .parameters, rounds: 1500, ProximalGradient.once, solver)
      let value = problem.energy.value(at: found, on: pool).total
      #expect(value - best < 1e-5 * abs(best) && best - value < 1e-5 * abs(best), "\(solver)")
    }
  }

  @Test("Conjugate gradients solve a quadratic block at once, by its optimality condition")
  func conjugateGradients() throws {
    let problem = try problem([.identity, .identity])
    let solver = try ConjugateGradients(steps: 200, tolerance: 1e-12)
    let x = try settled(problem, .hidden, rounds: 1, solver)
    let reference = try settled(problem, .hidden, rounds: 3000)
    #expect(distance(x.x[1], reference.x[1]) < 1e-9)
    let found = try settled(problem, .parameters, rounds: 1, solver, solver)
    let descent = try BlockDescent(problem.energy, free: .parameters)
    var state = descent.start(at: found, on: pool)
    for measure in descent.stationarity(&state, on: pool) { #expect(measure < 1e-8) }
    var start = descent.start(at: problem.start, on: pool)
    for measure in descent.stationarity(&start, on: pool) { #expect(measure > 1e-3) }
  }

  @Test("Conjugate gradients do ridge regression under the lifted penalty, whatever the activation")
  func ridge() throws {
    let problem = try problem([.relu, .identity], penalty: LiftedPenalty())
    let solver = try ConjugateGradients(steps: 200, tolerance: 1e-12)
    let found = try settled(problem, .parameters, rounds: 1, solver, solver)
    let plain = try settled(
      problem, .parameters, rounds: 4000, ProximalGradient.once, try RestartedNesterov())
    #expect(distance(found.theta, plain.theta) < 1e-6)
  }

  @Test(
    "Coordinate descent reaches the minimiser of a quadratic block and never rises",
    arguments: [Formula.relu, .softThreshold, .sigmoid, .identity])
  func coordinates(_ formula: Formula) throws {
    let problem = try problem([formula, .identity])
    let reference = try settled(problem, .hidden, rounds: 3000)
    let descent = try BlockDescent(
      problem.energy, free: .hidden, variableSolver: try CoordinateDescent())
    var state = descent.start(at: problem.start, on: pool)
    var last = problem.energy.value(at: state.point, on: pool).total
    for _ in 0..<200 {
      try descent.round(&state, on: pool)
      let value = problem.energy.value(at: state.point, on: pool).total
      #expect(value <= last + 1e-12)
      last = value
    }
    #expect(distance(state.point.x[1], reference.x[1]) < 1e-9)
  }

  @Test("The fixed-point iteration reaches the mirror form's minimiser under its bound")
  func fixedPoint() throws {
    let problem = try problem([.tanh, .softmax], radius: 0.9, weights: [1, 1])
    let reference = try settled(problem, .hidden, rounds: 3000)
    let x = try settled(problem, .hidden, rounds: 100, try FixedPoint(steps: 3))
    #expect(distance(x.x[1], reference.x[1]) < 1e-10)
    let slow = try settled(problem, .hidden, rounds: 3, try MirrorStep(steps: 3))
    let fast = try settled(problem, .hidden, rounds: 3, try FixedPoint(steps: 3))
    #expect(distance(fast.x[1], reference.x[1]) < distance(slow.x[1], reference.x[1]))
  }

  @Test("Weights beyond the bound get damped steps, which cannot blow up")
  func fixedPointGuard() throws {
    var problem = try problem([.identity, .identity], radius: 0.9, weights: [1, 1])
    problem = Problem(
      energy: problem.energy,
      start: try LiftedPoint(
        theta: .random(problem.energy.network, gain: 30), x: problem.start.x,
        network: problem.energy.network))
    let x = try settled(problem, .hidden, rounds: 200, try FixedPoint())
    #expect(x.x[1].isFinite && x.x[1].squaredNorm < 1e6)
  }

  @Test("Adam's step on the weights lowers the energy, and its step size matters")
  func adam() throws {
    let problem = try problem([.tanh, .softmax])
    let before = problem.energy.value(at: problem.start, on: pool).total
    var reached: [Double] = []
    for size in [1e-3, 1e-2] {
      let found = try settled(
        problem, .parameters, rounds: 100, ProximalGradient.once, try AdamStep(stepSize: size))
      reached.append(problem.energy.value(at: found, on: pool).total)
    }
    #expect(reached[0] < before && reached[1] < reached[0])
    let found = try settled(problem, .hidden, rounds: 2000, try AdamStep(stepSize: 0.03))
    let reference = try settled(problem, .hidden, rounds: 3000)
    #expect(distance(found.x[1], reference.x[1]) < 1e-2)
  }

  @Test(
    "Adam's first step and its prox with decay and anchor are those of the formula, in each number")
  func adamFormula() throws {
    let problem = try problem([.tanh, .softmax], penalty: MACPenalty())
    let (eta, tau, theta) = (0.02, 0.5, problem.start.theta)
    let descent = try BlockDescent(
      problem.energy, free: .parameters, parameterSolver: try AdamStep(stepSize: eta),
      anchorTau: tau)
    var state = descent.start(at: problem.start, on: pool)
    try descent.round(&state, on: pool)
    // The loss has a Lipschitz constant that bounds the step; the hidden penalty has none.
    let gradient = problem.energy.gradient(inParametersOf: 1, at: problem.start, on: pool)
    for (slot, decay) in [(0, 1e-2), (1, 0)] {
      for i in 0..<gradient[slot].count {
        let (g, w) = (gradient[slot].scalars[i], theta.layers[0][slot].scalars[i])
        let t = eta / (abs(g) + 1e-8)
        let expected = (w - t * g + t / tau * w) / (1 + t * (decay + 1 / tau))
        #expect(abs(state.point.theta.layers[0][slot].scalars[i] - expected) < 1e-9)
      }
    }
  }

  @Test(
    "MAC's blocks only ever fall under backtracking", arguments: [Formula.relu, .tanh, .sigmoid])
  func macFalls(_ formula: Formula) throws {
    let problem = try problem([formula, .softmax], penalty: MACPenalty())
    let descent = try BlockDescent(
      problem.energy, free: .training, variableSolver: try Backtracking(),
      parameterSolver: try Backtracking())
    var state = descent.start(at: problem.start, on: pool)
    var last = problem.energy.value(at: state.point, on: pool).total
    let first = last
    for _ in 0..<60 {
      try descent.round(&state, on: pool)
      let value = problem.energy.value(at: state.point, on: pool).total
      #expect(value <= last + 1e-12)
      last = value
    }
    #expect(last < 0.9 * first)
  }

  /// Gradient steps that are much too long.
  struct Overshoot: BlockSolver {
    var gradients: Int { 1 }
    func improve<S: TensorScalar>(
      _ v: inout [Tensor<S>], in block: some Block<S>, memory: inout BlockMemory<S>
    ) {
      v = block.step(from: v, along: block.smoothGradient(at: v), 8 * block.longestStep)
    }
  }

  @Test("A guarded descent never rises, and says how often it had to step in")
  func guarded() throws {
    let problem = try problem([.tanh, .softmax])
    func path(_ isGuarded: Bool) throws -> (values: [Double], refused: Int) {
      let descent = try BlockDescent(
        problem.energy, free: .training, sweep: .jacobi,
        variableSolver: Overshoot(), parameterSolver: Overshoot(), isGuarded: isGuarded)
      var state = descent.start(at: problem.start, on: pool)
      var values: [Double] = []
      for _ in 0..<30 {
        try descent.round(&state, on: pool)
        values.append(problem.energy.value(at: state.point, on: pool).total)
      }
      #expect(state.rounds == 30)
      return (values, state.refusedRounds)
    }
    let (safe, free) = (try path(true), try path(false))
    #expect(zip(safe.values, safe.values.dropFirst()).allSatisfy { $1 <= $0 })
    #expect(safe.refused > 0 && free.refused == 0)
    #expect(zip(free.values, free.values.dropFirst()).contains { $1 > $0 })
  }

  @Test("Combinations without sense are refused with the reason")
  func refusals() throws {
    let bregman = try problem([.relu, .softmax]).energy
    let mac = try problem([.relu, .softmax], penalty: MACPenalty()).energy
    func refuses(
      _ energy: Energy, _ word: String, _ variables: any VariableSolver = ProximalGradient.once,
      _ parameters: any ParameterSolver = ProximalGradient.once, anchorTau: Double? = nil,
      free: Blocks = .training
    ) {
      do {
        _ = try BlockDescent(
          energy, free: free, variableSolver: variables, parameterSolver: parameters,
          anchorTau: anchorTau)
        Issue.record("\(variables), \(parameters) was not refused")
      } catch { #expect("\(error)".contains(word), "\(error)") }
    }
    refuses(bregman, "weightRadius", try FixedPoint())
    refuses(bregman, "not quadratic", try CoordinateDescent())
    refuses(bregman, "quadratic", try ConjugateGradients())
    refuses(bregman, "not quadratic", ProximalGradient.once, try ConjugateGradients())
    refuses(mac, "backtracking")
    refuses(mac, "backtracking", try Backtracking(), try Majorise(tau: 1))
    refuses(mac, "Bregman", try MirrorStep(), try Backtracking())
    refuses(bregman, "own anchor", ProximalGradient.once, try Majorise(tau: 1), anchorTau: 1)
    refuses(bregman, "clamped", anchorTau: 1, free: .hidden)
    let rows = try problem([.softmax, .softmax]).energy
    refuses(rows, "each number", try AdamStep())
    for bad in [0, -1] {
      #expect(throws: SolverError.self) { try ProximalGradient(steps: bad) }
      #expect(throws: SolverError.self) { try AcceleratedMajorise(tau: 1, steps: bad) }
    }
    #expect(throws: SolverError.self) { try InertialStep(inertia: 0.5) }
    #expect(throws: SolverError.self) { try HeavyBall(momentum: 1) }
    #expect(throws: SolverError.self) { try Backtracking(growth: 0.9) }
  }
}
