import Proximal
import Synchronization
import Tensors
import Testing

@testable import Lifted

/// A stage that hides that it is dense, so that solvers for general stages are used.
struct Veiled: AffineStage {
  let dense: Dense
  /// Takes note of power iterations.
  var counter: IterationCounter?
  var inputs: Int { dense.inputs }
  var outputs: Int { dense.outputs }
  var parameters: [ParameterShape] { dense.parameters }

  func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    dense.apply(theta, to: x, into: &z, on: pool, finish: finish)
  }

  func offset<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S>? { dense.offset(theta) }

  func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    dense.adjoint(theta, of: r, into: &u, on: pool, finish: finish)
  }

  func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    dense.gradient(of: r, at: x, scale: scale, on: pool, body)
  }

  func implicitStep<S: TensorScalar>(
    _ theta: inout [Tensor<S>], residual r: Tensor<S>, at x: Tensor<S>, scale: S, tau: S,
    relaxation: S, on pool: WorkerPool
  ) throws(SolverError) {
    try dense.implicitStep(
      &theta, residual: r, at: x, scale: scale, tau: tau, relaxation: relaxation, on: pool)
  }

  func squaredNorm<S: TensorScalar>(
    _ theta: [Tensor<S>], vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    counter?.add(iterations)
    return dense.squaredNorm(theta, vector: &vector, iterations: iterations, on: pool)
  }

  func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    dense.squaredParameterNorm(at: x, vector: &vector, iterations: iterations, on: pool)
  }
}

/// The power iterations that were asked for, call by call.
final class IterationCounter: Sendable {
  private let kept = Mutex<[Int]>([])
  var counts: [Int] { kept.withLock { $0 } }
  func add(_ iterations: Int) { kept.withLock { $0.append(iterations) } }
}

/// A formulation with a network it takes.
struct SplitCase: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let splitting: any Splitting
  let network: Network
  let rho: Double

  static let widths = [5, 7, 6, 3]

  private static func network(_ activations: [any Activation], veiled: Bool = false) throws
    -> Network
  {
    try Network(
      try activations.enumerated().map { l, activation in
        let stage = try Dense(widths[l], widths[l + 1])
        return veiled ? Layer(Veiled(dense: stage), activation) : Layer(stage, activation)
      })
  }

  static func all() throws -> [SplitCase] {
    let kinked = try network([ReLU(), try SoftThreshold(alpha: 0.2), Softmax()])
    let clipped = try network([Clip.hardTanh, try LeakyReLU(slope: 0.1), Identity()], veiled: true)
    let smooth = try network([Tanh(), ReLU(), Softmax()])
    return [
      SplitCase(
        testDescription: "three-splitting", splitting: try ThreeSplitting(gamma: 0.7, tau: 3),
        network: kinked, rho: 0.6),
      SplitCase(
        testDescription: "three-splitting, general stages",
        splitting: try ThreeSplitting(gamma: 2, tau: 30), network: clipped, rho: 1.3),
      SplitCase(
        testDescription: "three-splitting with anchors",
        splitting: try ThreeSplitting(gamma: 0.7, tau: 3, alpha: 0.4), network: kinked, rho: 0.6),
      SplitCase(
        testDescription: "Taylor", splitting: try TaylorADMM(gamma: 0.7, tau: 3), network: kinked,
        rho: 0.6),
      SplitCase(
        testDescription: "dlADMM", splitting: DeepADMM(), network: kinked, rho: 0.6),
      SplitCase(
        testDescription: "Bregman ADMM",
        splitting: try BregmanADMM(lambda: 0.8, tau: 3, steps: 60), network: smooth, rho: 1.5),
      SplitCase(
        testDescription: "augmented MAC", splitting: try AugmentedMAC(tau: 3, steps: 2),
        network: smooth, rho: 1.5),
    ]
  }

  var task: SplitTask { SplitTask(network, rho: rho) }

  var batch: Batch<Double> {
    Batch(inputs: normal([9, 5], lane: 1), targets: oneHot(9, classes: 3))
  }

  /// A point inside all domains, away from the forward pass, with multipliers where there are any.
  func point() -> SplitPoint<Double> {
    let pool = WorkerPool(threads: 1)
    var point = SplitPoint(
      forward: batch, theta: .random(network), splitting.variables, network, on: pool)
    for l in 1...network.depth {
      if l < network.depth {
        point.x[l] = (normal([9, network.widths[l]], lane: UInt64(40 + l)) as Tensor<Double>)
          .activated(by: network.layers[l - 1].activation, on: pool)
      }
      if point.z[l].count > 0 {
        point.z[l] = normal([9, network.widths[l]], lane: UInt64(50 + l))
      }
      if point.p[l].count > 0 {
        point.p[l] = normal([9, network.widths[l]], lane: UInt64(60 + l), scale: 0.3)
      }
    }
    return point
  }
}
