import Tensors
import Testing

@testable import Lifted

/// Guarded block descent: rounds that raise the energy are taken back, with what the solvers remember.
@Suite struct GuardTests {
  private let pool = WorkerPool(threads: 1)

  private func start(
    _ variables: any VariableSolver, _ parameters: any ParameterSolver
  ) throws -> (descent: BlockDescent, state: BlockDescentState<Double>) {
    let naive = try Naive([6, 8, 7, 3], [.relu, .tanh, .softmax])
    let batch = naive.batch(20)
    let point = try LiftedPoint(
      forward: batch.inputs, output: batch.targets, theta: .random(naive.network),
      network: naive.network, on: pool)
    let descent = try BlockDescent(
      Energy(naive.network), free: .training, variableSolver: variables,
      parameterSolver: parameters, isGuarded: true)
    return (descent, descent.start(at: point, on: pool))
  }

  /// The moves of every solver with a memory, the weights sent far away in each third round.
  @Test(
    "No guarded round raises the energy, each is counted once, and those refused are counted too",
    arguments: 0..<3)
  func guarded(_ index: Int) throws {
    let solvers: [any VariableSolver] = [
      try MirrorStep(), try HeavyBall(), try AdamStep(stepSize: 0.1),
    ]
    var (descent, state) = try start(solvers[index], ThirdTooFar())
    var last = descent.energy.value(at: state.point, on: pool).total
    for round in 1...30 {
      try descent.round(&state, on: pool)
      let value = descent.energy.value(at: state.point, on: pool).total
      #expect(value <= last && state.rounds == round)
      last = value
    }
    // Starting afresh, the third call is again the one that goes too far.
    #expect(state.refusedRounds >= 10)
  }

  @Test("After a refused round the solvers start afresh from the point that was reached")
  func memories() throws {
    var (descent, state) = try start(try MirrorStep(), ThirdTooFar())
    while state.refusedRounds == 0, state.rounds < 3 { try descent.round(&state, on: pool) }
    try #require(state.refusedRounds == 1)
    #expect((state.variableMemory + state.parameterMemory).allSatisfy { $0 == BlockMemory() })
    // But for its norms, which power iteration goes on with, the next round is that of a new start.
    var fresh = descent.start(at: state.point, on: pool)
    let before = state.point
    try descent.round(&state, on: pool)
    try descent.round(&fresh, on: pool)
    let moved = distance(state.point.x[1], before.x[1])
    #expect(moved > 0 && distance(state.point.x[1], fresh.point.x[1]) < 0.1 * moved)
  }
}

/// Plain steps, but each third call is a hundred times as long.
private struct ThirdTooFar: BlockSolver {
  let gradients = 1

  func improve<S: TensorScalar>(
    _ v: inout [Tensor<S>], in block: some Block<S>, memory: inout BlockMemory<S>
  ) {
    memory.count += 1
    let length = memory.count == 3 ? 100 * block.longestStep : block.longestStep
    v = combination(1, v, -length, block.smoothGradient(at: v))
  }
}
