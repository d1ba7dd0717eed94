import Lifted
import Proximal
import Tensors

/// Layers whose weights are found by ranks together.
enum LayerCase {
  static let pool = WorkerPool(threads: 1)

  static func normal(
    _ shape: [Int], lane: UInt64, scale: Double = 1
  ) throws -> Tensor<Double> {
    var stream = RandomStream(seed: 5, .synthesis, lane: lane)
    let count = shape.reduce(1, *)
    return try Tensor(shape: shape, scalars: (0..<count).map { _ in scale * stream.normal() })
  }

  /// A layer from 6 to 3, 41 samples, strongly convex by its decay.
  static func problem(
    _ activation: any Activation = Softmax(), decay: Double = 0.1
  ) throws -> LayerProblem<Double> {
    let samples = 41
    var targets = Tensor<Double>(shape: [samples, 3])
    for i in 0..<samples { targets[i, i % 3] = 1 }
    return try LayerProblem(
      try dense(6, 3, activation), inputs: normal([samples, 6], lane: 1, scale: 0.6),
      targets: targets, weightPenalty: WeightPenalty(decay: decay))
  }

  static func start(_ problem: LayerProblem<Double>) throws -> [Tensor<Double>] {
    Parameters<Double>(zerosFor: try Network([problem.layer])).layers[0]
  }

  /// `max |a - b|` over all parameters.
  static func distance(_ a: [Tensor<Double>], _ b: [Tensor<Double>]) -> Double {
    zip(a, b).reduce(0) { greatest, pair in
      zip(pair.0.scalars, pair.1.scalars).reduce(greatest) { max($0, abs($1.0 - $1.1)) }
    }
  }

  /// The minimiser, by gradient descent: ``PIAG`` of one part.
  static func minimiser(_ problem: LayerProblem<Double>) throws -> [Tensor<Double>] {
    let solver = try PIAG(parts: 1)
    var state = solver.start(from: try start(problem), problem, on: pool)
    for _ in 0..<4000 { solver.step(&state, problem, on: pool) }
    return state.theta
  }
}
