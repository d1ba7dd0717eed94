import Lifted
import Proximal
import Tensors
import Testing

@testable import Distributed

/// A small training by block descent, by one process or by ranks that are threads.
private struct Trial: Sendable {
  var method: BlockDescentTraining
  var batchSize = 20
  var epochs = 3
  let samples: ImageSamples
  let network: Network

  init(
    _ method: BlockDescentTraining, samples count: Int = 53, _ network: Network? = nil
  ) throws {
    self.method = method
    self.network =
      try network
      ?? Network {
        try dense(256, 24, ReLU())
        try dense(24, 18, Tanh())
        try dense(18, 30, ReLU()).trainable(false)
        try dense(30, 13, ReLU())
        try dense(13, 6, Softmax())
      }
    let shapes = ShapeImages.make(count: count, seed: 3, lane: 0)
    samples = try ImageSamples(
      bytes: shapes.bytes, labels: shapes.labels, pixels: 256, task: .classification(classes: 6),
      seed: 3)
  }

  var training: StochasticTraining {
    get throws {
      try StochasticTraining(network, method: method, batchSize: batchSize, epochs: epochs, seed: 5)
    }
  }

  func start<S: TensorScalar>(_ pool: WorkerPool) throws -> TrainingState<S> {
    try training.start(from: try Initialisation.he.parameters(for: network, seed: 2, on: pool))
  }

  /// One process, from the start or from a state.
  func alone<S: TensorScalar>(
    from state: TrainingState<S>? = nil, steps: Int = .max
  ) throws -> TrainingState<S> {
    let (pool, training) = (WorkerPool(threads: 1), try training)
    var state = try state ?? start(pool)
    var workspace = TrainingWorkspace<S>(for: network)
    var count = 0
    while state.progress.epoch < epochs, count < steps {
      _ = try training.step(&state, &workspace, from: samples, on: pool)
      count += 1
    }
    return state
  }

  struct Outcome<S: TensorScalar>: Sendable {
    let state: TrainingState<S>
    let layers: Int
    let bytes: Int
  }

  /// Ranks: what each of them ends with, the first the whole.
  func shared<S: TensorScalar & Transferable>(
    _ ranks: Int, _ layersPerRank: LayersPerRank = .auto, from given: TrainingState<S>? = nil,
    steps: Int = .max
  ) throws -> [Outcome<S>] {
    try ThreadCommunicator.run(ranks: ranks, timeout: 20) { c in
      let parallel = try LayerParallelTraining(
        training, samples: samples.count, layersPerRank: layersPerRank, over: c)
      let pool = WorkerPool(threads: 1 + c.rank % 2)
      var walk = parallel.steps(of: S.self)
      var state: TrainingState<S> = try c.isRoot ? given ?? start(pool) : start(pool)
      try walk.handOut(&state)
      let own = samples.keeping(only: parallel.ownSamples)
      var count = 0
      while state.progress.epoch < epochs, count < steps, state.progress.lossOfEpoch.isFinite {
        _ = try walk.step(&state, from: own, isInterrupted: false, on: pool)
        count += 1
      }
      let held = state.theta.layers.count { !$0.isEmpty }
      try walk.collect(&state)
      return Outcome(state: state, layers: held, bytes: c.traffic.bytes)
    }
  }
}

/// The greatest difference of two states' parameters and kept variables beside the greatest number.
private func difference<S: TensorScalar>(_ a: TrainingState<S>, _ b: TrainingState<S>) -> Double {
  var (most, scale) = (0.0, 0.0)
  for (a, b) in zip(
    a.theta.layers.flatMap(\.self) + a.kept, b.theta.layers.flatMap(\.self) + b.kept)
  {
    for (x, y) in zip(a.scalars, b.scalars) {
      most = max(most, abs(Double(x) - Double(y)))
      scale = max(scale, abs(Double(x)))
    }
  }
  return most / scale
}

private func methods(_ sweep: Sweep) throws -> [BlockDescentTraining] {
  [
    try BlockDescentTraining(sweep: sweep, variables: .restarted, anchorTau: 0.5),
    try BlockDescentTraining(
      hiddenWeight: 2, continuation: Continuation(.geometric(factor: 1.5)), sweep: sweep,
      rounds: 2, variables: .kept(restartEvery: 2)),
    try BlockDescentTraining(
      penalty: LiftedPenalty(), sweep: sweep,
      variableSolver: AdamStep(stepSize: 0.01),
      parameterSolver: AcceleratedMajorise(tau: 1, steps: 2),
      variables: .kept(restartEvery: nil), weightPenalty: WeightPenalty(decay: 0.01)),
  ]
}

/// Layers, samples or both on ranks: the training of one process.
@Suite("Layers and samples on ranks")
struct LayerParallelTrainingTests {
  @Test(
    "Layers alone: parameters, vectors, kept variables and diagnosis are those of one process, bit for bit",
    arguments: [Sweep.jacobi, .redBlack])
  func layers(_ sweep: Sweep) throws {
    for method in try methods(sweep) {
      var trial = try Trial(method)
      for batchSize in [20, 53] {
        trial.batchSize = batchSize
        let one: TrainingState<Float> = try trial.alone()
        for (ranks, count) in [(1, 5), (2, 3), (3, 2), (5, 1)] {
          let found: [Trial.Outcome<Float>] = try trial.shared(ranks, .count(count))
          let isSame = found[0].state == one
          #expect(isSame, "\(method) on \(ranks) ranks, batch \(batchSize)")
          #expect(found.dropFirst().allSatisfy { $0.layers <= count })
        }
      }
    }
  }

  @Test("A network of one layer, and of two")
  func shallow() throws {
    let method = try BlockDescentTraining(sweep: .jacobi, variables: .kept(restartEvery: nil))
    let one = try Trial(method, Network { try dense(256, 6, Softmax()) })
    let two = try Trial(
      method,
      Network {
        try dense(256, 8, ReLU())
        try dense(8, 6, Softmax())
      })
    for (trial, ranks, count) in [(one, 1, 1), (one, 3, 1), (two, 2, 1), (two, 4, 1), (two, 3, 2)] {
      let alone: TrainingState<Double> = try trial.alone()
      let found: [Trial.Outcome<Double>] = try trial.shared(ranks, .count(count))
      #expect(difference(alone, found[0].state) < 1e-11)
    }
  }

  @Test(
    "Layers and samples: one process to rounding, in every grid",
    arguments: [Sweep.jacobi, .redBlack])
  func grids(_ sweep: Sweep) throws {
    for (k, method) in try methods(sweep).enumerated() where k != 2 {
      let trial = try Trial(method)
      let one: TrainingState<Double> = try trial.alone()
      for (ranks, count) in [(2, 5), (3, 5), (4, 3), (6, 2), (7, 5), (10, 1)] {
        let found: [Trial.Outcome<Double>] = try trial.shared(ranks, .count(count))
        #expect(difference(one, found[0].state) < 1e-11, "\(ranks) ranks, \(count) layers on each")
        let (a, b) = (one.progress, found[0].state.progress)
        #expect(abs(a.lossOfEpoch - b.lossOfEpoch) < 1e-9 && a.layerWeights == b.layerWeights)
        let (x, y) = (try #require(a.diagnosis), try #require(b.diagnosis))
        #expect(abs(x.objective - y.objective) < 1e-9)
        #expect(abs((x.stationarity ?? 0) - (y.stationarity ?? 1)) < 1e-7)
        for (x, y) in zip(
          (x.penalties ?? []) + (x.consistencyGaps ?? []),
          (y.penalties ?? []) + (y.consistencyGaps ?? []))
        {
          #expect(abs(x - y) < 1e-9)
        }
      }
    }
  }

  @Test("Samples alone take every sweep, and batches in which some ranks have no sample")
  func samplesAlone() throws {
    for sweep in Sweep.allCases {
      var trial = try Trial(
        try BlockDescentTraining(sweep: sweep, variables: .kept(restartEvery: nil)))
      trial.batchSize = 3
      trial.epochs = 1
      let one: TrainingState<Double> = try trial.alone()
      let found: [Trial.Outcome<Double>] = try trial.shared(4, .count(5))
      #expect(difference(one, found[0].state) < 1e-10, "\(sweep)")
    }
  }

  @Test("Stopped after any step, ranks of another number and one process go on to the same bits")
  func restart() throws {
    let trial = try Trial(try methods(.jacobi)[1])
    let one: TrainingState<Float> = try trial.alone()
    for (steps, first, second) in [(1, 2, 3), (4, 5, 2), (3, 3, 1), (7, 1, 5)] {
      let per = [1: 5, 2: 3, 3: 2, 5: 1]
      let half: [Trial.Outcome<Float>] = try trial.shared(
        first, .count(per[first] ?? 1), steps: steps)
      let rest: [Trial.Outcome<Float>] = try trial.shared(
        second, .count(per[second] ?? 1), from: half[0].state)
      let isSame = rest[0].state == one
      #expect(isSame, "stopped after \(steps) steps")
      let alone = try trial.alone(from: half[0].state) == one
      #expect(alone)
    }
  }

  @Test(
    "What is sent in a step is what the formula says", arguments: [(2, 3), (3, 5), (4, 3), (10, 1)])
  func volume(_ ranks: Int, _ count: Int) throws {
    let trial = try Trial(try methods(.jacobi)[1])
    let found = try ThreadCommunicator.run(ranks: ranks) { c in
      let parallel = try LayerParallelTraining(
        trial.training, samples: 53, layersPerRank: .count(count), over: c)
      let pool = WorkerPool(threads: 1)
      var walk = parallel.steps(of: Float.self)
      var state: TrainingState<Float> = try trial.start(pool)
      try walk.handOut(&state)
      let before = c.traffic
      _ = try walk.step(&state, from: trial.samples, isInterrupted: false, on: pool)
      let sent = c.traffic - before
      let chosen = RandomStreamOrder.first(20, of: 53, seed: 5)
      var rows = Array(repeating: 0, count: parallel.grid.parts)
      for sample in chosen { rows[parallel.shards.shard(of: sample)] += 1 }
      return (sent, parallel.volume(samples: rows, of: Float.self))
    }
    let (messages, bytes) = (
      found.map(\.0.messages).reduce(0, +), found.map(\.0.bytes).reduce(0, +)
    )
    #expect(messages == found[0].1.messages && bytes == found[0].1.bytes)
  }

  @Test("A rank that cannot go on ends all of them after the same step")
  func failure() throws {
    let method = try BlockDescentTraining(
      sweep: .jacobi, variableSolver: FailingSolver(columns: 30), variables: .restarted)
    let found: [Trial.Outcome<Float>] = try Trial(method).shared(5, .count(1))
    #expect(found.allSatisfy { $0.state.progress.lossOfEpoch.isNaN })
    let start: TrainingState<Float> = try Trial(method).start(WorkerPool(threads: 1))
    #expect(found[0].state.theta == start.theta)
  }

  @Test("So does a keeper of weights that cannot")
  func failingKeeper() throws {
    let method = try BlockDescentTraining(
      sweep: .jacobi, parameterSolver: FailingSolver(columns: 30), variables: .restarted)
    for (ranks, count) in [(4, 3), (3, 5)] {
      let found: [Trial.Outcome<Float>] = try Trial(method).shared(ranks, .count(count))
      #expect(found.allSatisfy { $0.state.progress.lossOfEpoch.isNaN })
    }
  }

  @Test("What cannot be on several ranks is refused in a sentence")
  func refusals() throws {
    func refuse(_ method: BlockDescentTraining, ranks: Int, _ layers: LayersPerRank) throws {
      let training = try Trial(method).training
      let outcomes = try ThreadCommunicator.run(ranks: ranks) { c in
        do {
          _ = try LayerParallelTraining(training, samples: 53, layersPerRank: layers, over: c)
          return false
        } catch is SolverError { return true }
      }
      #expect(!outcomes.contains(false))
    }
    try refuse(BlockDescentTraining(sweep: .backward), ranks: 2, .count(3))
    try refuse(BlockDescentTraining(sweep: .jacobi, isGuarded: true), ranks: 2, .auto)
    try refuse(
      BlockDescentTraining(sweep: .jacobi, variableSolver: ProximalGradient(steps: 2)), ranks: 2,
      .count(3))
    try refuse(
      BlockDescentTraining(sweep: .jacobi, variableSolver: AdamStep(stepSize: 0.1)), ranks: 2,
      .count(5))
    try refuse(BlockDescentTraining(sweep: .jacobi, isGuarded: true), ranks: 1, .auto)
    try refuse(BlockDescentTraining(sweep: .jacobi), ranks: 3, .count(3))
    try refuse(BlockDescentTraining(sweep: .jacobi), ranks: 2, .count(0))
    let sweep = try StochasticTraining(
      Trial(BlockDescentTraining()).network,
      method: OneSweep(
        signal: CentredContrast(), updates: [Adam(stepSize: 1e-3)], nudge: Nudge(0.5)),
      batchSize: 5, epochs: 1, seed: 1)
    #expect(throws: SolverError.self) {
      try LayerParallelTraining(sweep, samples: 53, over: LoneRank())
    }
  }
}

/// The order in which a training takes its samples.
private enum RandomStreamOrder {
  static func first(_ count: Int, of samples: Int, seed: UInt64) -> ArraySlice<Int> {
    var stream = RandomStream(seed: seed, .dataOrder, lane: 0)
    return stream.permutation(of: samples).prefix(count)
  }
}

/// Gives up on variables, and on weights, of one width.
private struct FailingSolver: VariableSolver, ParameterSolver {
  let columns: Int
  var gradients: Int { 1 }
  var looksAboveOnce: Bool { true }
  func checkVariables(of energy: Energy) {}

  func improve<S: TensorScalar>(
    _ x: inout Tensor<S>, in block: VariableBlock<S>, _ memory: inout BlockMemory<S>
  ) throws(SolverError) {
    guard x.columns != columns else { throw .notPositiveDefinite(what: "a matrix") }
    try ProximalGradient.once.improve(&x, in: block, &memory)
  }

  func checkParameters(of energy: Energy) {}

  func improve<S: TensorScalar>(
    _ theta: inout [Tensor<S>], in block: ParameterBlock<S>, _ memory: inout BlockMemory<S>
  ) throws(SolverError) {
    guard theta[0].columns != columns else { throw .notPositiveDefinite(what: "a matrix") }
    try ProximalGradient.once.improve(&theta, in: block, &memory)
  }
}
