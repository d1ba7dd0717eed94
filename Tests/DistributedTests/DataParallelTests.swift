import Lifted
import Proximal
import Tensors
import Testing

@testable import Distributed

/// A small training, by one process or by ranks that are threads.
private struct Trial: Sendable {
  var network: Network
  var updates: [any WeightUpdate]
  var signal: any Signal = CentredContrast()
  var nudge: Nudge
  var batchSize = 50
  var epochs = 1
  let samples: ImageSamples

  init(_ updates: [any WeightUpdate], _ network: Network? = nil, nudge: Nudge? = nil) throws {
    self.network =
      try network
      ?? Network {
        try dense(256, 40, ReLU())
        try dense(40, 20, Tanh())
        try dense(20, 6, Softmax())
      }
    self.updates = updates
    self.nudge = try nudge ?? Nudge(0.5)
    let shapes = ShapeImages.make(count: 203, seed: 3, lane: 0)
    samples = try ImageSamples(
      bytes: shapes.bytes, labels: shapes.labels, pixels: 256, task: .classification(classes: 6),
      seed: 3)
  }

  var training: StochasticTraining {
    get throws {
      try StochasticTraining(
        network, method: OneSweep(signal: signal, updates: updates, nudge: nudge),
        batchSize: batchSize, epochs: epochs, seed: 5)
    }
  }

  func start<S: TensorScalar>(_ pool: WorkerPool) throws -> TrainingState<S> {
    try training.start(from: try Initialisation.he.parameters(for: network, seed: 2, on: pool))
  }

  /// One process.
  func alone<S: TensorScalar>(_ type: S.Type = S.self) throws -> TrainingState<S> {
    let (pool, training) = (WorkerPool(threads: 1), try training)
    var state: TrainingState<S> = try start(pool)
    var workspace = TrainingWorkspace<S>(for: network)
    while state.progress.epoch < epochs {
      _ = try training.step(&state, &workspace, from: samples, on: pool)
    }
    return state
  }

  /// Ranks: their states, which must be the same, and what each gave away.
  func shared<S: TensorScalar & Transferable>(
    _ ranks: Int, _ order: SumOrder, shards: Int = 16, as type: S.Type = S.self
  ) throws -> (state: TrainingState<S>, traffic: [Traffic]) {
    let found = try ThreadCommunicator.run(ranks: ranks) { c in
      let parallel = try DataParallelTraining(
        training, samples: samples.count, over: c, order: order, shards: shards)
      let (pool, own) = (WorkerPool(threads: 1), samples.keeping(only: parallel.ownSamples))
      var state: TrainingState<S> = try start(pool)
      var workspace = DataParallelWorkspace<S>(for: parallel)
      while state.progress.epoch < epochs {
        _ = try parallel.step(&state, &workspace, from: own, on: pool)
      }
      return (state, c.traffic)
    }
    let areSame = found.allSatisfy { $0.0 == found[0].0 }
    #expect(areSame, "ranks differ")
    return (found[0].0, found.map(\.1))
  }
}

/// `||a - b|| / ||a||` over all parameters, and the greatest difference beside the greatest parameter.
private func difference<S: TensorScalar>(
  _ a: Parameters<S>, _ b: Parameters<S>
) -> (norm: Double, most: Double) {
  let pairs = zip(a.layers.joined(), b.layers.joined()).flatMap { x, y in
    zip(x.scalars, y.scalars).map { (Double($0), Double($1)) }
  }
  let square = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  let most = pairs.map { abs($0.0 - $0.1) }.max() ?? 0
  return (
    (square / pairs.reduce(0) { $0 + $1.0 * $1.0 }).squareRoot(),
    most / (pairs.map { abs($0.0) }.max() ?? 1)
  )
}

private let kinds: [(String, @Sendable () throws -> Trial)] = [
  ("gradient", { try Trial([try GradientStep(stepSize: 0.1)]) }),
  ("momentum", { try Trial([try Momentum(stepSize: 0.05)]) }),
  ("adam", { try Trial([try Adam(stepSize: 2e-3)]) }),
  // 256 inputs are more than the samples of a batch, 40 and 20 are fewer.
  ("implicit", { try Trial([try ImplicitStep(tau: 1)]) }),
  ("covariance", { try Trial([try CovarianceStep(stepSize: 0.2)]) }),
  (
    "rescue",
    {
      try Trial(
        [try GradientStep(stepSize: 0.1)],
        nudge: try Nudge(0.1, rescue: try .init(strength: 2, activeBelow: 0.45, annealing: 0.9)))
    }
  ),
  (
    "normalised images",
    {
      let image = try ImageShape(channels: 1, height: 16, width: 16)
      let maps = try ImageShape(channels: 3, height: 6, width: 6)
      return try Trial(
        [try Momentum(stepSize: 0.05)],
        try Network {
          try convolution(image, 3, kernel: Extent(5), stride: Extent(2), ReLU())
          Layer(try BatchNormalisation(maps), ReLU())
          try dense(maps.count, 6, Softmax())
        })
    }
  ),
  (
    "shared parameters",
    {
      try Trial(
        [try Adam(stepSize: 2e-3)],
        try Network([
          try dense(256, 20, ReLU()), try dense(20, 20, Tanh()),
          try dense(20, 20, Tanh()).sharingParameters(ofLayerBefore: 1),
          try dense(20, 6, Softmax()),
        ]))
    }
  ),
]

@Suite("Data-parallel training")
struct DataParallelTests {
  @Test("Ranks reach the weights of one process to 1e-5 in Float", arguments: kinds.indices)
  func likeOneProcess(kind: Int) throws {
    let trial = try kinds[kind].1()
    let alone = try trial.alone(Float.self)
    for ranks in [1, 2, 3, 4] {
      for order in SumOrder.allCases {
        let shared = try trial.shared(ranks, order, as: Float.self).state
        let d = difference(alone.theta, shared.theta)
        #expect(d.norm < 1e-5, "\(kinds[kind].0), \(ranks) ranks, \(order): \(d)")
        // Adam divides by the gradient's size: where that is a rounding error, so is the direction of a
        // whole step, of 2e-3 here.
        #expect(d.most < (kinds[kind].0 == "adam" ? 2e-3 : 1e-5), "\(kinds[kind].0): \(d)")
        #expect(shared.progress.step == alone.progress.step)
        #expect(shared.progress.gradientEvaluations == alone.progress.gradientEvaluations)
        #expect(abs(shared.progress.lossOfEpoch / alone.progress.lossOfEpoch - 1) < 1e-5)
        #expect(abs(shared.progress.nudge / alone.progress.nudge - 1) < 1e-12)
      }
    }
  }

  @Test("… and to rounding in Double", arguments: kinds.indices)
  func likeOneProcessInDouble(kind: Int) throws {
    let trial = try kinds[kind].1()
    let alone = try trial.alone(Double.self)
    for order in SumOrder.allCases {
      let d = difference(alone.theta, try trial.shared(3, order, as: Double.self).state.theta)
      #expect(d.norm < 1e-11, "\(kinds[kind].0), \(order): \(d)")
    }
  }

  @Test("In the deterministic order bits do not depend on the ranks", arguments: kinds.indices)
  func deterministic(kind: Int) throws {
    let trial = try kinds[kind].1()
    let one = try trial.shared(1, .deterministic, as: Float.self).state
    for ranks in [2, 3, 4, 5] {
      #expect(
        try trial.shared(ranks, .deterministic, as: Float.self).state == one,
        "\(kinds[kind].0), \(ranks) ranks")
    }
  }

  @Test("They depend on the shards, and the fast order's on the ranks: the tests can tell")
  func bitsAreTold() throws {
    let trial = try Trial([try GradientStep(stepSize: 0.1)])
    let one = try trial.shared(1, .deterministic, as: Float.self).state
    #expect(try trial.shared(1, .deterministic, shards: 7, as: Float.self).state != one)
    #expect(
      try trial.shared(1, .fast, as: Float.self).state != trial.shared(4, .fast).state)
  }

  @Test("Batches in which some ranks have no sample at all")
  func emptyParts() throws {
    var trial = try Trial([try Adam(stepSize: 1e-3)])
    trial.batchSize = 3
    let one = try trial.shared(1, .deterministic, as: Double.self).state
    #expect(try trial.shared(4, .deterministic, as: Double.self).state == one)
    let alone = try trial.alone(Double.self)
    #expect(difference(alone.theta, try trial.shared(4, .fast).state.theta).norm < 1e-10)
  }

  @Test("What is given away is what the formulas say", arguments: [1, 2, 3, 4])
  func volume(ranks: Int) throws {
    let trial = try Trial([
      try Adam(stepSize: 1e-3), try CovarianceStep(stepSize: 0.1), try ImplicitStep(tau: 1),
    ])
    let shards = try Shards(16, of: 203, over: ranks)
    let crossings = ShardTree(shards: shards).crossings(in: 0..<16)
    let steps = try trial.training.stepsPerEpoch(samples: 203)
    // A gradient and a Gram pair in Float, three figures in Double; the last batch has fewer samples than
    // the last layer has inputs.
    let perSum = 4 * (40 * 257) + 4 * (41 * 41 + 20 * 41) + 3 * 8
    let pair = 4 * (21 * 21 + 6 * 21)
    let sums = steps * perSum + (steps - 1) * pair
    let gathered = 4 * 3 * (20 + 6)
    // Whether the last update of the epoch has failed.
    let agreement = 8 * ranks
    let fast = try trial.shared(ranks, .fast, as: Float.self).traffic
    let exact = try trial.shared(ranks, .deterministic, as: Float.self).traffic
    #expect(fast.map(\.bytes).reduce(0, +) == ranks * sums + gathered + agreement)
    #expect(fast.allSatisfy { $0.messages == 4 * steps + 1 })
    #expect(
      exact.map(\.bytes).reduce(0, +)
        == (ranks == 1 ? 0 : (crossings + 1) * sums) + gathered + agreement)
  }

  @Test("One rank's wish to end is known to all after the same step")
  func interruption() throws {
    let trial = try Trial([try GradientStep(stepSize: 0.1)])
    let found = try ThreadCommunicator.run(ranks: 3) { c in
      let parallel = try DataParallelTraining(trial.training, samples: 203, over: c)
      let pool = WorkerPool(threads: 1)
      var state: TrainingState<Float> = try trial.start(pool)
      var workspace = DataParallelWorkspace<Float>(for: parallel)
      return try (0..<3).map { step in
        try parallel.step(
          &state, &workspace, from: trial.samples, isInterrupted: c.rank == 2 && step == 1, on: pool
        ).isInterrupted
      }
    }
    #expect(found == Array(repeating: [false, true, false], count: 3))
  }

  @Test("Other methods, and more ranks than shards, are refused in a sentence")
  func refusals() throws {
    let trial = try Trial([try GradientStep(stepSize: 0.1)])
    let descent = try StochasticTraining(
      trial.network, method: try BlockDescentTraining(), batchSize: 50, epochs: 1, seed: 1)
    #expect(throws: SolverError.self) {
      try DataParallelTraining(descent, samples: 203, over: LoneRank())
    }
    #expect(throws: SolverError.self) {
      try DataParallelTraining(trial.training, samples: 203, over: LoneRank(), shards: 0)
    }
    #expect(throws: SolverError.self) {
      try DataParallelTraining(trial.training, samples: 203, over: LoneRank(), shards: 204)
    }
    #expect(throws: SolverError.self) { try Shards(3, of: 100, over: 4) }
  }
}

@Suite("Shards")
struct ShardTests {
  @Test("Shards and ranks own every sample once, in order")
  func partition() throws {
    for (samples, count, ranks) in [(203, 16, 3), (16, 16, 16), (17, 5, 4), (1000, 7, 1)] {
      let shards = try Shards(count, of: samples, over: ranks)
      let bySample = (0..<samples).map { shards.shard(of: $0) }
      for shard in 0..<count {
        let own = shards.samples(of: shard..<(shard + 1))
        #expect(own.allSatisfy { bySample[$0] == shard } && !own.isEmpty)
        #expect(shards.owned(by: shards.owner(of: shard)).contains(shard))
      }
      #expect((0..<ranks).flatMap { Array(shards.owned(by: $0)) } == Array(0..<count))
    }
  }

  @Test("Ranks with subtrees of their own send one sum each; others a few more")
  func crossings() throws {
    for ranks in [1, 2, 4, 8, 16] {
      let tree = ShardTree(shards: try Shards(16, of: 160, over: ranks))
      #expect(tree.crossings(in: tree.root) == ranks - 1)
    }
    let tree = ShardTree(shards: try Shards(16, of: 160, over: 3))
    // Ranks own 0..<5, 5..<10 and 10..<16: 0..<8 + 8..<16, 4..<6 + 6..<8, 4 + 5, 8..<12 + 12..<16 and
    // 8..<10 + 10..<12.
    #expect(tree.crossings(in: tree.root) == 5)
  }

  @Test("Samples that are kept are the same ones, with the same noise")
  func keeping() throws {
    let shapes = ShapeImages.make(count: 30, seed: 3, lane: 0)
    let all = try ImageSamples(
      bytes: shapes.bytes, labels: shapes.labels, pixels: 256, task: .reconstruction(noise: 0.1),
      seed: 3
    ).subset(stride(from: 28, through: 0, by: -2))
    let pool = WorkerPool(threads: 1)
    let part = all.keeping(only: 4..<9)
    #expect(part.count == all.count)
    let (a, b): (Batch<Float>, Batch<Float>) = (
      all.batch(of: [7, 4, 8], visit: 2, on: pool), part.batch(of: [7, 4, 8], visit: 2, on: pool)
    )
    #expect(a == b)
  }
}
