import Proximal
import Tensors
import Testing

@testable import Lifted

/// However a round is cut for the threads, it is the same round.
@Suite struct LayerScheduleTests {
  private let network: Network
  private let point: LiftedPoint<Double>

  init() throws {
    // Wide enough for products of several tiles, with a frozen layer and one without parameters.
    network = try Network {
      try dense(96, 160, ReLU())
      try dense(160, 160, Tanh()).trainable(false)
      try dense(160, 120, ReLU())
      Layer(try Pass(120), ReLU())
      try dense(120, 64, ReLU())
      try dense(64, 10, Softmax())
    }
    let pool = WorkerPool(threads: 1)
    point = try LiftedPoint(
      forward: normal([96, 96], lane: 1), output: oneHot(96, classes: 10),
      theta: Initialisation.he.parameters(for: network, seed: 2, on: pool), network: network,
      on: pool)
  }

  private func descent(
    _ sweep: Sweep, _ schedule: LayerSchedule, free: Blocks = .training,
    variableSolver: any VariableSolver = ProximalGradient.once
  ) throws -> BlockDescent {
    try BlockDescent(
      Energy(network), free: free, sweep: sweep, variableSolver: variableSolver, schedule: schedule)
  }

  private func state(
    after rounds: Int = 3, of descent: BlockDescent, threads: Int
  ) throws -> BlockDescentState<Double> {
    let pool = WorkerPool(threads: threads)
    var state = descent.start(at: point, on: pool)
    for _ in 0..<rounds { try descent.round(&state, on: pool) }
    return state
  }

  @Test(
    "Layers side by side give the bits of one after the other, on any threads",
    arguments: Sweep.allCases)
  func sameBits(_ sweep: Sweep) throws {
    let expected = try state(of: descent(sweep, .tiles), threads: 1)
    #expect(expected.point != point)
    for threads in 1...4 {
      for schedule in [LayerSchedule.tiles, .layers] {
        let reached = try state(of: descent(sweep, schedule), threads: threads)
        #expect(reached.point == expected.point, "\(schedule) on \(threads)")
        #expect(reached.variableMemory == expected.variableMemory)
      }
    }
  }

  @Test(
    "Blocks of samples give the same bits on any threads, and those of whole batches to rounding",
    arguments: Sweep.allCases)
  func rows(_ sweep: Sweep) throws {
    let solvers: [any VariableSolver] = [
      ProximalGradient.once, try InertialStep(), try MirrorStep(),
    ]
    for solver in solvers {
      let whole = try state(of: descent(sweep, .tiles, variableSolver: solver), threads: 1)
      let rows = try descent(sweep, .rows, variableSolver: solver)
      #expect(rows.rowBlocks(samples: 96, [[1]]).count == 3)
      let expected = try state(of: rows, threads: 1)
      for l in point.x.indices {
        #expect(distance(expected.point.x[l], whole.point.x[l]) < 1e-10)
      }
      #expect(distance(expected.point.theta, whole.point.theta) < 1e-10)
      for threads in 2...4 {
        #expect(try state(of: rows, threads: threads).point == expected.point)
      }
    }
  }

  /// One sweep by its definition: the energy's own gradients, steps and proximal maps, one variable after
  /// the other in the groups' order.
  private func sweptByDefinition(_ sweep: Sweep) throws -> [Tensor<Double>] {
    let (energy, pool) = (try Energy(network), WorkerPool(threads: 1))
    var now = point
    for group in sweep.groups(of: Array(1..<network.depth)) {
      let old = now
      for l in group {
        var vector = Tensor<Double>(shape: [0])
        let norm = network.layers[l].stage.squaredNorm(
          point.theta.layers[l], vector: &vector, iterations: 20, on: pool)
        let step = 1 / (1.05 * norm)
        var moved = old.x[l]
        moved.combine(1, -step, energy.smoothGradient(inVariable: l, at: old, on: pool))
        let activation = network.layers[l - 1].activation
        moved.withMutablePointer { x in
          BregmanPenalty().prox(
            of: x, step: step, weight: 1, activation, nil, into: x, count: point.x[l].count)
        }
        now.x[l] = moved
      }
    }
    return now.x
  }

  @Test("A sweep is that of its definition", arguments: Sweep.allCases, LayerSchedule.allCases)
  func definition(_ sweep: Sweep, _ schedule: LayerSchedule) throws {
    let descent = try descent(sweep, schedule)
    let pool = WorkerPool(threads: 3)
    var state = descent.start(at: point, on: pool)
    try descent.sweepVariables(&state, on: pool)
    let expected = try sweptByDefinition(sweep)
    for l in point.x.indices { #expect(distance(state.point.x[l], expected[l]) < 1e-11) }
  }

  @Test("With the output free a sweep visits it in its turn", arguments: Sweep.allCases)
  func inference(_ sweep: Sweep) throws {
    let expected = try state(of: descent(sweep, .tiles, free: .inference), threads: 1)
    let reached = try state(of: descent(sweep, .layers, free: .inference), threads: 3)
    #expect(reached.point == expected.point && reached.point.x[6] != point.x[6])
  }

  @Test("A solver that looks at all samples at once is refused under rows")
  func refusal() throws {
    for solver in [try Backtracking(), try HeavyBall()] as [any VariableSolver] {
      #expect(throws: SolverError.self) { try descent(.backward, .rows, variableSolver: solver) }
      #expect(throws: Never.self) { try descent(.backward, .auto, variableSolver: solver) }
    }
  }

  @Test("The updates of one sweep have the bits of one layer after the other", arguments: 1...4)
  func updates(_ threads: Int) throws {
    func trained(_ schedule: LayerSchedule, threads: Int) throws -> TrainingState<Double> {
      let pool = WorkerPool(threads: threads)
      let method = OneSweep(
        signal: CentredContrast(), updates: [try Adam()], nudge: try Nudge(0.1), schedule: schedule)
      var state = TrainingState(
        point.theta, moments: method.moments(of: network), nudge: method.initialNudge)
      var workspace = LayerStates<Double>(for: network, samples: 96)
      var batch = Batch<Double>(samples: 96, inputs: 96, targets: 10)
      (batch.inputs, batch.targets) = (point.x[0], point.x[6])
      for _ in 0..<3 {
        try method.step(&state, batch, network, workspace: &workspace, stepFactor: 1, on: pool)
      }
      return state
    }
    #expect(try trained(.layers, threads: threads) == trained(.tiles, threads: 1))
  }
}
