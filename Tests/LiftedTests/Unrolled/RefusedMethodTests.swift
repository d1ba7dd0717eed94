import Proximal
import Tensors
import Testing

@testable import Lifted

/// Stages that are not affine in their parameters: which methods train them, which refuse to.
@Suite struct RefusedMethodTests {
  private static func network(isTrainable: Bool = true) throws -> Network {
    let map = Matrix(inputs: 3, outputs: 4)
    let ball = try Beside(Clip.dualBall(nu: 0.5), count: 4, Identity())
    return try Network {
      Layer(try StagePair.fork(map, Pass(3)), ball)
      Layer(try DualForwardBackward(map, step: 0.3), ball).trainable(isTrainable)
      Layer(try StagePair.join(Matrix(inputs: 4, outputs: 3), Pass(3)), Identity())
    }
  }

  private static func sweep(_ update: any WeightUpdate) throws -> OneSweep {
    OneSweep(signal: CentredContrast(), updates: [update], nudge: try Nudge(0.1))
  }

  static let methods: [@Sendable () throws -> any MinibatchMethod] = [
    { try sweep(ImplicitStep(tau: 1)) },
    { try SplittingTraining(BregmanADMM(lambda: 1, tau: 1, steps: 1), rho: 1) },
    { try FiniteSumSweep(signal: CentredContrast(), rule: .saga, stepSize: 0.1) },
    { try ContrastivePhases(gamma: 0.5, sweeps: 1, updates: [Adam()]) },
    { try ImplicitStochasticGradient(tau: 1, rounds: 1) },
    { try BlockDescentTraining() },
    { try BlockDescentTraining(parameterSolver: Majorise(tau: 1)) },
  ]

  @Test(
    "Methods that rely on stages affine in their parameters refuse others, unless they are frozen",
    arguments: methods)
  func refuses(_ make: @Sendable () throws -> any MinibatchMethod) throws {
    let method = try make()
    #expect {
      try method.check(Self.network())
    } throws: { error in
      "\(error)".contains("affine in")
    }
    try method.check(Self.network(isTrainable: false))
  }

  @Test("Pairs refuse stages that are not affine in their parameters")
  func pairs() throws {
    let step = try DualForwardBackward(Matrix(inputs: 3, outputs: 4), step: 0.3)
    #expect(throws: SolverError.self) { try StagePair.fork(step, Pass(7)) }
    #expect(throws: SolverError.self) { try StagePair.join(Pass(7), step) }
  }

  @Test("Block descent with backtracking lowers the energy of a network of such stages")
  func backtracking() throws {
    let pool = WorkerPool(threads: 2)
    let network = try Self.network()
    let energy = try Energy(network)
    let descent = try BlockDescent(
      energy, free: .training, parameterSolver: try Backtracking(), isGuarded: true)
    let batch = Batch<Double>(inputs: normal([6, 3], lane: 1), targets: normal([6, 3], lane: 2))
    let point = try LiftedPoint(
      forward: batch.inputs, output: batch.targets, theta: .random(network), network: network,
      on: pool)
    var state = descent.start(at: point, on: pool)
    var values = [energy.value(at: state.point, on: pool).total]
    for _ in 0..<5 {
      try descent.round(&state, on: pool)
      values.append(energy.value(at: state.point, on: pool).total)
    }
    #expect(zip(values, values.dropFirst()).allSatisfy { $1 <= $0 })
    #expect(values[5] < 0.9 * values[0])
    #expect(state.point.theta.layers[1] != point.theta.layers[1])
  }
}
