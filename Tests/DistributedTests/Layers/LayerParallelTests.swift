import Lifted
import Proximal
import Tensors
import Testing

@testable import Distributed

/// Layers on ranks: the same descent as on one process.
@Suite struct LayerParallelTests {
  private static let samples = 24

  private static func network() throws -> Network {
    try Network {
      try dense(20, 32, ReLU())
      try dense(32, 48, Tanh())
      try dense(48, 24, ReLU()).trainable(false)
      try dense(24, 40, ReLU())
      try dense(40, 16, ReLU())
      try dense(16, 5, Softmax())
    }
  }

  private static func point<S: TensorScalar>(
    _ network: Network, on pool: WorkerPool
  ) throws -> LiftedPoint<S> {
    var stream = RandomStream(seed: 3, .synthesis)
    var targets = Tensor<S>(shape: [samples, 5])
    for row in 0..<samples { targets[row, row % 5] = 1 }
    return try LiftedPoint(
      forward: .normal(shape: [samples, 20], from: &stream), output: targets,
      theta: Initialisation.he.parameters(for: network, seed: 1, on: pool), network: network,
      on: pool)
  }

  private static func descent(
    _ sweep: Sweep, _ solver: any VariableSolver = ProximalGradient.once, free: Blocks = .training
  ) throws -> BlockDescent {
    try BlockDescent(Energy(network()), free: free, sweep: sweep, variableSolver: solver)
  }

  /// The point after some rounds, on one process.
  private static func alone<S: TensorScalar>(
    _ descent: BlockDescent, rounds: Int, of type: S.Type
  ) throws -> (point: LiftedPoint<S>, value: Double) {
    let pool = WorkerPool(threads: 1)
    var state = descent.start(
      at: try point(descent.energy.network, on: pool) as LiftedPoint<S>, on: pool)
    for _ in 0..<rounds { try descent.round(&state, on: pool) }
    return (state.point, descent.energy.value(at: state.point, on: pool).total)
  }

  private struct Outcome<S: TensorScalar>: Sendable {
    let point: LiftedPoint<S>
    let value: Double
    let traffic: Traffic
    let kept: Int
  }

  /// The same over ranks: what each of them ends with.
  private static func over<S: TensorScalar & Transferable>(
    _ ranks: Int, _ descent: BlockDescent, rounds: Int, of type: S.Type
  ) throws -> [Outcome<S>] {
    let owners = try LayerOwners(balancing: descent.energy.network, ranks: ranks)
    let parallel = try LayerParallelDescent(descent, owners: owners)
    return try ThreadCommunicator.run(ranks: ranks, timeout: 20) { communicator in
      let pool = WorkerPool(threads: 1 + communicator.rank % 2)
      var state = try parallel.start(
        at: try point(descent.energy.network, on: pool) as LiftedPoint<S>, with: communicator)
      let before = communicator.traffic
      for _ in 0..<rounds { try parallel.round(&state, with: communicator, on: pool) }
      let traffic = communicator.traffic - before
      return Outcome(
        point: try parallel.gather(state, with: communicator),
        value: try parallel.value(of: state, with: communicator, on: pool), traffic: traffic,
        kept: state.point.theta.layers.count { !$0.isEmpty })
    }
  }

  @Test(
    "Layers on 1, 2, 3, 4 and 6 ranks end with the bits of one process",
    arguments: [1, 2, 3, 4, 6],
    [Sweep.jacobi, .redBlack])
  func sameBits(_ ranks: Int, _ sweep: Sweep) throws {
    let solvers: [any VariableSolver] = [
      ProximalGradient.once, try HeavyBall(), try AdamStep(stepSize: 0.01),
    ]
    for solver in solvers {
      // Adam's steps need an activation for each number; the last layer is clamped.
      let descent = try Self.descent(sweep, solver)
      let expected = try Self.alone(descent, rounds: 4, of: Double.self)
      for outcome in try Self.over(ranks, descent, rounds: 4, of: Double.self) {
        #expect(outcome.point == expected.point)
        #expect(abs(outcome.value - expected.value) <= 1e-12 * abs(expected.value))
      }
    }
    let descent = try Self.descent(sweep)
    let expected = try Self.alone(descent, rounds: 3, of: Float.self)
    let reached = try Self.over(ranks, descent, rounds: 3, of: Float.self)
    #expect(reached.allSatisfy { $0.point == expected.point })
  }

  @Test(
    "Inversion and inference over ranks, too", arguments: [Blocks.inversion, .inference, .joint])
  func jobs(_ free: Blocks) throws {
    let descent = try Self.descent(.jacobi, free: free)
    let expected = try Self.alone(descent, rounds: 3, of: Double.self)
    for outcome in try Self.over(3, descent, rounds: 3, of: Double.self) {
      #expect(outcome.point == expected.point)
    }
  }

  @Test("A rank keeps its own layers only, and sends what the formula says", arguments: [1, 2, 4])
  func volume(_ ranks: Int) throws {
    let descent = try Self.descent(.redBlack)
    let outcomes = try Self.over(ranks, descent, rounds: 5, of: Float.self)
    let owners = try LayerOwners(balancing: descent.energy.network, ranks: ranks)
    #expect(outcomes.map(\.kept) == owners.layers.map(\.count))
    let counted = outcomes.reduce(into: Traffic()) {
      $0.messages += $1.traffic.messages
      $0.bytes += $1.traffic.bytes
    }
    let widths = owners.layers.dropLast().map { [32, 48, 24, 40, 16, 5][$0.upperBound - 1] }
    let expected = widths.reduce(0) { $0 + 2 * Self.samples * $1 * 4 + 8 }
    #expect(counted == Traffic(messages: 5 * 3 * (ranks - 1), bytes: 5 * expected))
    let parallel = try LayerParallelDescent(descent, owners: owners)
    let volume = parallel.volume(samples: Self.samples, of: Float.self)
    #expect(volume == Traffic(messages: 3 * (ranks - 1), bytes: expected))
  }

  @Test("What would wait, or ask a neighbour twice, is refused with the way out")
  func refusals() throws {
    let owners = try LayerOwners(balancing: Self.network(), ranks: 2)
    for descent in [
      try Self.descent(.backward), try Self.descent(.forward),
      try Self.descent(.jacobi, try ProximalGradient(steps: 2)),
      try Self.descent(.jacobi, try InertialStep()), try Self.descent(.jacobi, try MirrorStep()),
      try BlockDescent(Energy(Self.network()), free: .training, sweep: .jacobi, isGuarded: true),
      try BlockDescent(Energy(Self.network()), free: .training, sweep: .jacobi, schedule: .rows),
    ] {
      #expect(throws: SolverError.self) { try LayerParallelDescent(descent, owners: owners) }
    }
  }

  @Test("A wrong number of ranks is an error on each")
  func wrongRanks() throws {
    let parallel = try LayerParallelDescent(
      Self.descent(.jacobi), owners: LayerOwners(balancing: Self.network(), ranks: 3))
    #expect(throws: CommunicationError.size(what: "owners of layers", expected: 3, found: 2)) {
      try ThreadCommunicator.run(ranks: 2) { communicator in
        let pool = WorkerPool(threads: 1)
        _ = try parallel.start(
          at: Self.point(Self.network(), on: pool) as LiftedPoint<Double>, with: communicator)
      }
    }
  }
}
