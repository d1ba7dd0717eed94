import ClusterModel
import Distributed
import Lifted
import Proximal
import Tensors

// The trainings themselves on a job of the model: equal dense layers, rectifiers below an identity.
extension Job {
  fileprivate func network() throws -> Network {
    try Network {
      for _ in 1..<depth { try dense(width, width, ReLU()) }
      try dense(width, width, Identity())
    }
  }

  /// Uniform inputs and targets.
  fileprivate func batch(of samples: Int) -> Tensor<Float> {
    var stream = RandomStream(seed: 1, .synthesis)
    var x = Tensor<Float>(shape: [samples, width])
    x.withMutableSpan { span in
      for i in span.indices { span[i] = Float(stream.uniform()) }
    }
    return x
  }
}

/// Steps of `DataParallelTraining` by back-propagation and plain gradient steps: batches drawn from eight times as
/// many samples, so that ranks have about as many each.
struct DataParallelTrainingProgram: RankProgram {
  private let training: DataParallelTraining
  private let samples: ImageSamples
  private let pool: WorkerPool
  private var state: TrainingState<Float>
  private var workspace: DataParallelWorkspace<Float>
  /// More than anyone waits for.
  private static let epochs = 1_000_000

  init(_ job: Job, with communicator: any Communicator, on pool: WorkerPool) throws {
    let network = try job.network()
    let count = 8 * job.batch
    samples = try ImageSamples(
      numbers: job.batch(of: count).scalars, labels: Array(repeating: 0, count: count),
      pixels: job.width, task: .reconstruction(noise: 0), seed: 1)
    training = try DataParallelTraining(
      StochasticTraining(
        network,
        method: OneSweep(
          signal: BackPropagation(), updates: [GradientStep(stepSize: 1e-6)], nudge: Nudge(1)),
        batchSize: job.batch, epochs: Self.epochs, seed: 1),
      samples: count, over: communicator,
      shards: max(DataParallelTraining.usualShards, communicator.size))
    self.pool = pool
    state = training.training.start(
      from: try Initialisation.he.parameters(for: network, seed: 1, on: pool))
    workspace = DataParallelWorkspace(for: training)
  }

  mutating func step() throws {
    _ = try training.step(&state, &workspace, from: samples, on: pool)
  }
}

/// Rounds of `LayerParallelDescent`: Jacobi, one proximal gradient step of every block.
struct LayerParallelDescentProgram: RankProgram {
  private let descent: LayerParallelDescent
  private let communicator: any Communicator
  private let pool: WorkerPool
  private var state: LayerParallelDescent.RankState<Float>

  init(_ job: Job, with communicator: any Communicator, on pool: WorkerPool) throws {
    let network = try job.network()
    descent = try LayerParallelDescent(
      BlockDescent(Energy(network), free: .training, sweep: .jacobi),
      owners: LayerOwners(balancing: network, ranks: communicator.size))
    (self.communicator, self.pool) = (communicator, pool)
    let x = job.batch(of: job.batch)
    let point = try LiftedPoint(
      forward: x, output: x,
      theta: Initialisation.he.parameters(for: network, seed: 1, on: pool), network: network,
      on: pool)
    state = try descent.start(at: point, with: communicator)
  }

  mutating func step() throws { try descent.round(&state, with: communicator, on: pool) }
}
