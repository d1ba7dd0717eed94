import Lifted
import Proximal
import Tensors
import Testing

@Suite("The README")
struct ReadmeExample {
  @Test("Its example trains a network that tells the shapes apart")
  func trains() throws {
    let pool = WorkerPool(threads: 4)
    let network = try Network {
      try dense(256, 64, ReLU())
      try dense(64, 6, Softmax())
    }
    let shapes = ShapeImages.make(count: 2000, seed: 1, lane: 0)
    let samples = try ImageSamples(
      bytes: shapes.bytes, labels: shapes.labels, pixels: 256,
      task: .classification(classes: 6), seed: 1)
    let method = OneSweep(
      signal: CentredContrast(), updates: [try Adam(stepSize: 2e-3)], nudge: try Nudge(1))
    let training = try StochasticTraining(
      network, method: method, batchSize: 50, epochs: 8, seed: 1)
    var state: TrainingState<Float> = training.start(
      from: try Initialisation.he.parameters(for: network, seed: 1, on: pool))
    var workspace = TrainingWorkspace<Float>(for: network)
    while state.progress.epoch < training.epochs {
      _ = try training.step(&state, &workspace, from: samples, on: pool)
    }
    print(Evaluation(of: state.theta, network, on: samples, pool: pool).accuracy)

    #expect(Evaluation(of: state.theta, network, on: samples, pool: pool).accuracy > 0.8)
  }
}
