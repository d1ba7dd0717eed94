import Lifted
import Proximal
import Tensors
import Testing

@testable import Distributed

/// Gradient steps, the `failing`-th of which cannot be taken.
private struct FragileStep: WeightUpdate {
  let gradient: GradientStep
  let failing: Int?

  var moments: Int { 0 }
  var stepSize: Double { gradient.stepSize }

  func update<S: TensorScalar>(
    _ block: inout WeightBlock<S>, _ context: UpdateContext<S>, on pool: WorkerPool
  ) throws(SolverError) {
    if block.steps + 1 == failing { throw .notPositiveDefinite(what: "a test's matrix") }
    gradient.update(&block, context, on: pool)
  }
}

/// Steps of proximal gradients; some blocks' cannot be taken.
private struct FragileSolver: VariableSolver, ParameterSolver {
  let failing: Blocks
  let gradients = 1
  let startsAtPreactivation = false
  let looksAboveOnce = true

  func checkVariables(of energy: Energy) {}
  func checkParameters(of energy: Energy) {}

  func improve<S: TensorScalar>(
    _ x: inout Tensor<S>, in block: VariableBlock<S>, _ memory: inout BlockMemory<S>
  ) throws(SolverError) {
    if failing.contains(.hidden) { throw .notPositiveDefinite(what: "a test's variable") }
    try ProximalGradient.once.improve(&x, in: block, &memory)
  }

  func improve<S: TensorScalar>(
    _ theta: inout [Tensor<S>], in block: ParameterBlock<S>, _ memory: inout BlockMemory<S>
  ) throws(SolverError) {
    if failing.contains(.parameters) { throw .notPositiveDefinite(what: "a test's matrix") }
    try ProximalGradient.once.improve(&theta, in: block, &memory)
  }
}

@Suite("What goes wrong on one rank alone ends all alike")
struct FailureTests {
  /// Steps taken and the error, as each of three ranks finds them; one rank's `failing`-th update fails.
  private func steps(
    failing: Int, on faulty: Int, _ order: SumOrder
  ) throws -> [(steps: Int, error: SolverError)] {
    let network = try Network {
      try dense(256, 8, ReLU())
      try dense(8, 6, Softmax())
    }
    let shapes = ShapeImages.make(count: 60, seed: 3, lane: 0)
    let samples = try ImageSamples(
      bytes: shapes.bytes, labels: shapes.labels, pixels: 256, task: .classification(classes: 6),
      seed: 3)
    return try ThreadCommunicator.run(ranks: 3, timeout: 20) { c in
      let update = FragileStep(
        gradient: try GradientStep(stepSize: 0.1), failing: c.rank == faulty ? failing : nil)
      let training = try StochasticTraining(
        network,
        method: OneSweep(signal: CentredContrast(), updates: [update], nudge: try Nudge(1)),
        batchSize: 20, epochs: 4, seed: 5)
      let parallel = try DataParallelTraining(
        training, samples: samples.count, over: c, order: order)
      let pool = WorkerPool(threads: 1)
      var state: TrainingState<Float> = training.start(
        from: try Initialisation.he.parameters(for: network, seed: 2, on: pool))
      var workspace = DataParallelWorkspace<Float>(for: parallel)
      for steps in 0..<12 {
        do { _ = try parallel.step(&state, &workspace, from: samples, on: pool) } catch {
          // Nobody is left waiting: all still talk to one another.
          try c.barrier()
          return (steps, try #require(error as? SolverError))
        }
      }
      throw SolverError.unsuitable("no rank has failed")
    }
  }

  @Test(
    "An update that fails on one rank ends all with its error, a step later",
    arguments: SumOrder.allCases)
  func update(order: SumOrder) throws {
    for faulty in 0..<3 {
      // Of three steps an epoch has: the third one's failure is known at once.
      for (failing, steps) in [(1, 1), (2, 2), (3, 2), (5, 5), (12, 11)] {
        let found = try self.steps(failing: failing, on: faulty, order)
        #expect(found.map(\.steps) == Array(repeating: steps, count: 3), "\(failing), \(faulty)")
        #expect(found.allSatisfy { $0.error == .notPositiveDefinite(what: "a test's matrix") })
      }
    }
  }

  @Test(
    "A solver that gives up on one rank does not leave its neighbours alone",
    arguments: [Blocks.parameters, .hidden])
  func layers(failing: Blocks) throws {
    let network = try Network {
      try dense(6, 8, ReLU())
      try dense(8, 7, ReLU())
      try dense(7, 5, ReLU())
      try dense(5, 3, Softmax())
    }
    // The output, the last rank's only variable, is found without a solver.
    for faulty in 0..<(failing == .parameters ? 4 : 3) {
      let found = try ThreadCommunicator.run(ranks: 4, timeout: 20) { c in
        let solver = FragileSolver(failing: c.rank == faulty ? failing : [])
        let descent = try BlockDescent(
          Energy(network), free: [.parameters, .hidden, .output], sweep: .jacobi,
          variableSolver: solver,
          parameterSolver: solver)
        let parallel = try LayerParallelDescent(
          descent, owners: LayerOwners(network, layersPerRank: 1, ranks: 4))
        let pool = WorkerPool(threads: 1)
        var stream = RandomStream(seed: 3, .synthesis)
        var targets = Tensor<Double>(shape: [4, 3])
        for row in 0..<4 { targets[row, row % 3] = 1 }
        let point = try LiftedPoint(
          forward: .normal(shape: [4, 6], from: &stream), output: targets,
          theta: Initialisation.he.parameters(for: network, seed: 1, on: pool), network: network,
          on: pool)
        var state = try parallel.start(at: point, with: c)
        for _ in 0..<3 { try parallel.round(&state, with: c, on: pool) }
        do {
          _ = try parallel.value(of: state, with: c, on: pool)
          return SolverError?.none
        } catch let error as SolverError {
          try c.barrier()
          return error
        }
      }
      let what = failing == .parameters ? "a test's matrix" : "a test's variable"
      #expect(found.allSatisfy { $0 == .notPositiveDefinite(what: what) }, "\(faulty): \(found)")
    }
  }
}
