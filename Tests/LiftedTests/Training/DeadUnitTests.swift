import Proximal
import Tensors
import Testing

@testable import Lifted

/// Hidden layers whose units are all inactive: no derivative can reach them, a finite nudge can.
@Suite struct DeadUnitTests {
  private static let classes = 4
  private let samples = TensorSamples(clouds: classes, samples: 400, inputs: 20)
  private let network: Network

  init() throws {
    let dead = try SoftThreshold(alpha: 5)
    network = try Network {
      try dense(20, 40, dead)
      try dense(40, 40, dead)
      try dense(40, Self.classes, Softmax())
    }
  }

  private func accuracies(_ method: any MinibatchMethod) throws -> (before: Double, after: Double) {
    let pool = WorkerPool(threads: 1)
    let training = try StochasticTraining(
      network, method: method, batchSize: 50, epochs: 8, seed: 1)
    let theta: Parameters<Float> = try Initialisation.he.parameters(for: network, seed: 1, on: pool)
    var state = training.start(from: theta)
    _ = try training.run(&state, on: samples)
    return (
      Evaluation(of: theta, network, on: samples, pool: pool).accuracy,
      Evaluation(of: state.theta, network, on: samples, pool: pool).accuracy
    )
  }

  @Test("Back-propagation with Adam stays at chance")
  func backPropagation() throws {
    let (_, after) = try accuracies(
      OneSweep(signal: BackPropagation(), updates: [try Adam()], nudge: try Nudge(1)))
    #expect(after <= 1.2 / Double(Self.classes))
  }

  @Test("A small nudge is as dead as back-propagation")
  func smallNudge() throws {
    let (_, after) = try accuracies(
      OneSweep(signal: MirrorSweep(), updates: [try ImplicitStep(tau: 1)], nudge: try Nudge(1)))
    #expect(after <= 1.2 / Double(Self.classes))
  }

  @Test("A mirror sweep with a nudge of 100 and implicit steps learns")
  func largeNudge() throws {
    let (before, after) = try accuracies(
      OneSweep(signal: MirrorSweep(), updates: [try ImplicitStep(tau: 1)], nudge: try Nudge(100)))
    #expect(before <= 1.2 / Double(Self.classes))
    #expect(after >= 0.9)
  }
}
