import Lifted
import Proximal
import Tensors

@testable import Distributed

/// A small training by one process, or by ranks that are threads and share it as a ``RankTraining``.
struct RankTrial: Sendable {
  let method: any MinibatchMethod
  var batchSize = 50
  var epochs = 2
  let samples: ImageSamples
  let network: Network

  /// How a training is shared.
  typealias Sharing =
    @Sendable (StochasticTraining, any Communicator) throws -> any RankTraining

  init(_ method: any MinibatchMethod) throws {
    self.method = method
    network = try Network {
      try dense(256, 20, ReLU())
      try dense(20, 12, Tanh())
      try dense(12, 6, Softmax())
    }
    let shapes = ShapeImages.make(count: 203, seed: 3, lane: 0)
    samples = try ImageSamples(
      bytes: shapes.bytes, labels: shapes.labels, pixels: 256, task: .classification(classes: 6),
      seed: 3)
  }

  var training: StochasticTraining {
    get throws {
      try StochasticTraining(
        network, method: method, batchSize: batchSize, epochs: epochs, schedule: .cosine, seed: 5)
    }
  }

  func start<S: TensorScalar>() throws -> TrainingState<S> {
    try training.start(
      from: try Initialisation.he.parameters(
        for: network, seed: 2, on: WorkerPool(threads: 1)))
  }

  /// One process.
  func alone<S: TensorScalar>(_ type: S.Type = S.self) throws -> TrainingState<S> {
    let (pool, training) = (WorkerPool(threads: 1), try training)
    var state: TrainingState<S> = try start()
    var workspace = TrainingWorkspace<S>(for: network)
    while state.progress.epoch < epochs {
      _ = try training.step(&state, &workspace, from: samples, on: pool)
    }
    return state
  }

  /// What came of ranks.
  struct Outcome<S: TensorScalar & Transferable>: Sendable {
    /// The first rank's state, whole.
    let state: TrainingState<S>
    /// Whether all ranks have the first's parameters and counters.
    let areSame: Bool
    /// What each rank gave away in its steps, and in collecting afterwards.
    let traffic: [(steps: Traffic, collecting: Traffic)]
    /// After each step whether an end was asked for, on all ranks.
    let wishes: [[Bool]]
  }

  /// Ranks.
  func shared<S: TensorScalar & Transferable>(
    _ ranks: Int, as type: S.Type = S.self, by sharing: @escaping Sharing,
    asks: @escaping @Sendable (_ rank: Int, _ step: Int) -> Bool = { _, _ in false }
  ) throws -> Outcome<S> {
    let found = try ThreadCommunicator.run(ranks: ranks) { c in
      let parallel = try sharing(training, c)
      let (pool, own) = (WorkerPool(threads: 1), samples.keeping(only: parallel.ownSamples))
      var steps = parallel.steps(of: S.self)
      var state: TrainingState<S> = try start()
      try steps.handOut(&state)
      let before = c.traffic
      var (wishes, between) = ([Bool](), Traffic())
      while state.progress.epoch < epochs {
        let step = try steps.step(
          &state, from: own, isInterrupted: asks(c.rank, wishes.count), on: pool)
        wishes.append(step.isInterrupted)
        guard step.endsEpoch, state.progress.epoch < epochs else { continue }
        let seen = c.traffic
        try steps.agree(on: &state)
        let more = c.traffic - seen
        between = Traffic(
          messages: between.messages + more.messages, bytes: between.bytes + more.bytes)
      }
      let after = c.traffic
      try steps.collect(&state)
      return (state, (after - before - between, c.traffic - after), wishes)
    }
    let first = found[0].0
    return Outcome(
      state: first,
      areSame: found.allSatisfy { $0.0.theta == first.theta && $0.0.progress == first.progress },
      traffic: found.map(\.1), wishes: found.map(\.2))
  }
}

/// `||a - b|| / ||a||` over all parameters.
func relativeDistance<S: TensorScalar>(_ a: Parameters<S>, _ b: Parameters<S>) -> Double {
  let squares = zip(a.layers.joined(), b.layers.joined()).reduce((0.0, 0.0)) { sum, pair in
    var difference = pair.0
    difference.combine(1, -1, pair.1)
    return (sum.0 + difference.squaredNorm, sum.1 + pair.0.squaredNorm)
  }
  return (squares.0 / squares.1).squareRoot()
}
