import Foundation
import Proximal
import Tensors
import Testing

@testable import Lifted

/// What the block solvers' descriptions promise, counted in iterations.
@Suite struct RateTests {
  private let pool = WorkerPool(threads: 1)

  /// One block, everything else clamped.
  private struct Problem {
    let energy: Energy
    let start: LiftedPoint<Double>
    let free: Blocks
  }

  private func problem(
    _ widths: [Int], _ formulas: [Formula], samples: Int, free: Blocks, weights: [Double],
    penalty: any Penalty = BregmanPenalty()
  ) throws -> Problem {
    let naive = try Naive(widths, formulas)
    let inputs: Tensor<Double> = normal([samples, widths[0]], lane: 1)
    let batch = Batch(inputs: inputs.map { abs($0) }, targets: naive.batch(samples).targets)
    let start = try LiftedPoint(
      forward: batch.inputs, output: batch.targets, theta: .random(naive.network),
      network: naive.network, on: pool)
    let energy = try Energy(
      naive.network, penalty: penalty, loss: penalty, weights: weights, weightPenalty: .none)
    return Problem(energy: energy, start: start, free: free)
  }

  private func weights(
    _ formula: Formula, _ penalty: any Penalty = BregmanPenalty()
  ) throws -> Problem {
    try problem(
      [60, 30], [formula], samples: 400, free: .parameters, weights: [1], penalty: penalty)
  }

  private func variable(
    _ formula: Formula, _ head: Formula, lambda: Double, _ penalty: any Penalty = BregmanPenalty()
  ) throws -> Problem {
    try problem(
      [10, 20, 15], [formula, head], samples: 30, free: .hidden, weights: [lambda, 1],
      penalty: penalty)
  }

  /// The energy at the start and after each round.
  private func values(
    _ problem: Problem, _ solver: any ParameterSolver, rounds: Int
  ) throws -> [Double] {
    let moves = solver as? any VariableSolver ?? ProximalGradient.once
    let descent = try BlockDescent(
      problem.energy, free: problem.free, variableSolver: moves, parameterSolver: solver)
    var state = descent.start(at: problem.start, on: pool)
    var values = [problem.energy.value(at: state.point, on: pool).total]
    for _ in 0..<rounds {
      try descent.round(&state, on: pool)
      values.append(problem.energy.value(at: state.point, on: pool).total)
    }
    return values
  }

  /// The energy after so many steps of a solver that starts afresh in each round.
  private func value(_ problem: Problem, _ solver: any ParameterSolver) throws -> Double {
    try values(problem, solver, rounds: 1)[1]
  }

  @Test(
    "After 20 steps the accelerated majoriser is 100 times nearer to the minimum than gradients",
    arguments: [Formula.relu, .tanh])
  func weightBlock(_ formula: Formula) throws {
    let problem = try weights(formula)
    let least = try value(problem, AcceleratedMajorise(tau: 1e6, steps: 600))
    let plain = try value(problem, ProximalGradient(steps: 20)) - least
    let accelerated = try value(problem, AcceleratedGradient(steps: 20)) - least
    let restarted = try value(problem, RestartedNesterov(steps: 20)) - least
    let majorised = try value(problem, Majorise(tau: 1e6, steps: 20)) - least
    let fastest = try value(problem, AcceleratedMajorise(tau: 1e6, steps: 20)) - least
    #expect(plain > 0.1 && 100 * fastest < plain, "\(fastest) against \(plain)")
    // With tanh both end at the minimum, up to rounding.
    #expect(
      fastest < max(majorised, 1e-12) && 10 * majorised < plain, "\(fastest) and \(majorised)")
    #expect(accelerated < 0.8 * plain && restarted < 0.8 * plain)
  }

  @Test(
    "Accelerated gradients shrink a strongly convex block's gap by 1 - sqrt q a step, plain ones not",
    arguments: [(Formula.relu, Formula.identity, 0.02), (.softThreshold, .identity, 0.02)])
  func variableBlock(_ formula: Formula, _ head: Formula, _ lambda: Double) throws {
    let problem = try variable(formula, head, lambda: lambda)
    var vector = Tensor<Double>(shape: [20])
    let square = problem.start.theta.layers[1][0].squaredSpectralNorm(
      vector: &vector, iterations: 1000, on: pool)
    let ratio = lambda / (1.05 * square)
    let bound = 1 - (ratio / (1 + ratio)).squareRoot()
    let least = try value(problem, RestartedNesterov(steps: 2000))
    func factor(_ solver: (Int) throws -> any ParameterSolver) throws -> Double {
      let gaps = try [1, 61].map { try value(problem, solver($0)) - least }
      return pow(max(gaps[1], 1e-13) / gaps[0], 1.0 / 60)
    }
    let measured = try factor { try AcceleratedGradient(steps: $0) }
    let plain = try factor { try ProximalGradient(steps: $0) }
    #expect(measured <= bound, "\(measured) against \(bound)")
    #expect(plain > bound, "\(plain) against \(bound)")
    #expect(plain <= 1 / (1 + ratio))
  }

  /// Steps of a fixed length; where no Lipschitz constant is known, that many times 1.
  private struct FixedStep: BlockSolver {
    let factor: Double
    var gradients: Int { 1 }
    var backtracks: Bool { true }

    func improve<S: TensorScalar>(
      _ v: inout [Tensor<S>], in block: some Block<S>, memory: inout BlockMemory<S>
    ) {
      v = block.step(
        from: v, along: block.smoothGradient(at: v), factor / (block.curvature ?? 1))
    }
  }

  @Test(
    "Backtracking takes at most twice the iterations of the best fixed step to the same value",
    arguments: 0..<6)
  func backtracking(_ index: Int) throws {
    let problem = try [
      weights(.relu), weights(.softmax), weights(.tanh, MACPenalty()),
      variable(.relu, .softmax, lambda: 0.05), variable(.tanh, .identity, lambda: 0.02),
      variable(.tanh, .tanh, lambda: 0.1, MACPenalty()),
    ][index]
    let fixed = try (-6...6).map { power in
      try values(problem, FixedStep(factor: pow(2, Double(power))), rounds: 50)
        .map { $0.isFinite ? $0 : .infinity }
    }
    let found = try values(problem, Backtracking(), rounds: 100)
    for budget in [20, 50] {
      let best = try #require(fixed.map { $0[budget] }.min())
      let needed = found.firstIndex { $0 <= best + 1e-12 * abs(best) }
      #expect((needed ?? .max) <= 2 * budget, "\(String(describing: needed)) for \(budget)")
      let unit = fixed[6][budget]
      #expect(best < unit, "the grid has nothing better than 1/L")
    }
  }
}
