import ArgumentParser
import Lifted
import Proximal
import Tensors

/// How many steps of lifted block descent, all layers at once, are worth one of back-propagation.
struct CountSteps: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "steps",
    abstract: "Counts steps to a forward loss, all layers at once and by back-propagation.",
    discussion: """
      Full batches of synthetic pictures of six shapes, rectifiers, softmax. Every method with the \
      best of a few settings. No clock has a part in it.
      """)

  @Option(parsing: .upToNextOption, help: "Layers.")
  var depth = [2, 3, 5, 10]

  @Option(help: "Width of the hidden layers.")
  var width = 64

  @Option(help: "Samples.")
  var samples = 500

  @Option(help: "The loss to reach, of the loss at the start.")
  var fraction = 0.5

  @Option(help: "Steps after which a method is given up.")
  var limit = 2000

  func validate() throws {
    for (name, value) in [("width", width), ("samples", samples), ("limit", limit)] where value < 1
    {
      throw ValidationError("--\(name) must be at least 1")
    }
    guard depth.allSatisfy({ $0 >= 2 }) else { throw ValidationError("--depth must be at least 2") }
    guard fraction > 0, fraction < 1 else {
      throw ValidationError("--fraction must be between 0 and 1")
    }
  }

  func run() throws {
    var rows = [["depth", "method", "steps", "setting"]]
    for depth in depth {
      let contest = try StepContest(
        depth: depth, width: width, samples: samples, fraction: fraction, limit: limit)
      for entry in try contest.entries() {
        let steps = entry.steps.map { "\($0)" } ?? "more than \(limit)"
        rows.append(["\(depth)", entry.method, steps, entry.setting])
      }
    }
    print(Figures.columns(rows))
  }
}

/// One network and its data, and the methods that race to a loss.
private struct StepContest {
  /// The steps of a method at its best setting; `nil` if none reached the loss.
  typealias Entry = (method: String, steps: Int?, setting: String)

  private let network: Network
  private let images: ImageSamples
  private let batch: Batch<Float>
  private let theta: Parameters<Float>
  private let target: Double
  private let limit: Int
  private let pool = WorkerPool(threads: 1)

  init(depth: Int, width: Int, samples: Int, fraction: Double, limit: Int) throws {
    let pixels = ShapeImages.side * ShapeImages.side
    network = try Network {
      try dense(pixels, width, ReLU())
      for _ in 0..<(depth - 2) { try dense(width, width, ReLU()) }
      try dense(width, ShapeImages.classes, Softmax())
    }
    let shapes = ShapeImages.make(count: samples, seed: 1, lane: 0)
    images = try ImageSamples(
      bytes: shapes.bytes, labels: shapes.labels, pixels: pixels,
      task: .classification(classes: ShapeImages.classes), seed: 1)
    batch = images.batch(of: 0..<samples, on: pool)
    theta = try Initialisation.he.parameters(for: network, seed: 1, on: pool)
    self.limit = limit
    target = fraction * Evaluation(of: theta, network, on: images, pool: pool).loss
  }

  func entries() throws -> [Entry] {
    let lengths = [0.03, 0.1, 0.3, 1]
    let weights = [0.1, 1, 10]
    return [
      try best("back-propagation, gradient", of: lengths) {
        try steps(backPropagating: try GradientStep(stepSize: $0))
      },
      try best("back-propagation, Adam", of: [1e-3, 3e-3, 1e-2]) {
        try steps(backPropagating: try Adam(stepSize: $0))
      },
      try best("back-propagation, implicit", of: [0.1, 1, 10, 100]) {
        try steps(backPropagating: try ImplicitStep(tau: $0))
      },
      try best("lifted, all at once, gradient", of: weights) {
        try steps(lifted: ProximalGradient.once, hiddenWeight: $0, restartEvery: nil)
      },
      try best("the same, forward pass each 10", of: weights) {
        try steps(lifted: ProximalGradient.once, hiddenWeight: $0, restartEvery: 10)
      },
      try best("lifted, all at once, implicit", of: weights) {
        try steps(lifted: try Majorise(tau: 1e3), hiddenWeight: $0, restartEvery: nil)
      },
    ]
  }

  private func best(
    _ method: String, of settings: [Double], _ steps: (Double) throws -> Int?
  ) throws -> Entry {
    var best: Entry = (method, nil, "")
    for setting in settings {
      guard let count = try steps(setting), count < best.steps ?? .max else { continue }
      best = (method, count, "\(setting)")
    }
    return best
  }

  private func hasArrived(_ theta: Parameters<Float>) -> Bool {
    Evaluation(of: theta, network, on: images, pool: pool).loss <= target
  }

  private func steps(backPropagating update: any WeightUpdate) throws -> Int? {
    let method = OneSweep(signal: BackPropagation(), updates: [update], nudge: try Nudge(1))
    var state = TrainingState(
      theta, moments: method.moments(of: network), memory: method.memory(of: network),
      nudge: method.initialNudge)
    var workspace = LayerStates<Float>(for: network, samples: batch.inputs.rows)
    for count in 1...limit {
      do {
        try method.step(&state, batch, network, workspace: &workspace, stepFactor: 1, on: pool)
      } catch {
        return nil
      }
      if hasArrived(state.theta) { return count }
    }
    return nil
  }

  private func steps(
    lifted solver: any ParameterSolver, hiddenWeight: Double, restartEvery: Int?
  ) throws -> Int? {
    let weights = Array(repeating: hiddenWeight, count: network.depth - 1) + [1]
    let descent = try BlockDescent(
      try Energy(network, weights: weights), free: .training, sweep: .jacobi,
      parameterSolver: solver)
    func point(_ theta: Parameters<Float>) throws -> LiftedPoint<Float> {
      try LiftedPoint(
        forward: batch.inputs, output: batch.targets, theta: theta, network: network, on: pool)
    }
    var state = descent.start(at: try point(theta), on: pool)
    for count in 1...limit {
      if let restartEvery, count % restartEvery == 0 {
        state.point = try point(state.point.theta)
      }
      do {
        try descent.round(&state, on: pool)
      } catch {
        return nil
      }
      if hasArrived(state.point.theta) { return count }
    }
    return nil
  }
}
