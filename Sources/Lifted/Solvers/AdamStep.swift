import RealModule
import Tensors

/// A step scaled number by number by running moments of the block's gradient, with the prox in the
/// same metric:
///
///     m <- d1 m + (1 - d1) g,   u <- d2 u + (1 - d2) g^2,   t_i = min(eta / (sqrt(u_i / (1 - d2^k)) + e), 1/L)
///     v_i <- prox_{t_i G}(v_i - t_i m_i / (1 - d1^k))
///
/// For parts `G` that are sums over numbers. Where the block's curvature `L` is known no step is longer
/// than the plain one, so that a number without gradient is not thrown at the minimiser of `G`. No
/// descent is promised; see ``BlockDescent/isGuarded``. One step a round.
///
/// Source: Kingma and Ba, ICLR 2015, with the prox in the metric of the step.
public struct AdamStep: BlockSolver {
  /// `eta > 0`.
  public let stepSize: Double
  private static let (first, second, epsilon) = (0.9, 0.999, 1e-8)
  public var backtracks: Bool { true }

  /// One.
  public var gradients: Int { 1 }

  /// Yes.
  public var looksAboveOnce: Bool { true }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(stepSize: Double = 1e-3) throws(SolverError) {
    try SolverError.requirePositive(stepSize, "stepSize")
    self.stepSize = stepSize
  }

  /// Refuses layers and inputs whose numbers depend on one another.
  public func checkVariables(of energy: Energy) throws(SolverError) {
    try energy.requireNoInputPenalty(for: "adamStep")
    for layer in energy.network.layers.dropLast() where layer.coupling != .separable {
      throw .unsuitable(
        "a step for each number needs activations that act on each number; use proximalGradient")
    }
  }

  public func improve<S: TensorScalar>(
    _ v: inout [Tensor<S>], in block: some Block<S>, memory: inout BlockMemory<S>
  ) {
    let gradient = block.smoothGradient(at: v)
    if memory.tensors.isEmpty {
      let zero = v.map { Tensor<S>(shape: $0.shape) }
      memory.tensors = [zero, zero]
    }
    memory.count += 1
    let count = Double(memory.count)
    let move = Move(
      stepSize: stepSize, longest: block.curvature == nil ? .infinity : block.longestStep,
      correction: (1 - Double.pow(Self.first, count), 1 - Double.pow(Self.second, count)))
    var steps = v.map { Tensor<S>(shape: $0.shape) }
    memory.tensors.withPointers { moments in
      v.withPointers { v in
        steps.withPointers { steps in
          for k in gradient.indices {
            gradient[k].withPointer {
              move.apply(
                v[k], steps[k], moments[0][k], moments[1][k], along: $0, count: gradient[k].count)
            }
          }
        }
      }
    }
    block.prox(&v, steps: steps)
  }

  /// The gradient step of all numbers of a tensor, before the prox.
  private struct Move {
    let stepSize, longest: Double
    /// `1 - d1^k` and `1 - d2^k`.
    let correction: (first: Double, second: Double)

    func apply<S: TensorScalar>(
      _ v: UnsafeMutablePointer<S>, _ steps: UnsafeMutablePointer<S>,
      _ first: UnsafeMutablePointer<S>, _ second: UnsafeMutablePointer<S>,
      along gradient: UnsafePointer<S>, count: Int
    ) {
      for i in 0..<count {
        let g = Double(gradient[i])
        let m = AdamStep.first * Double(first[i]) + (1 - AdamStep.first) * g
        let u = AdamStep.second * Double(second[i]) + (1 - AdamStep.second) * g * g
        let root = (u / correction.second).squareRoot()
        let step = min(stepSize / (root + AdamStep.epsilon), longest)
        (first[i], second[i], steps[i]) = (S(m), S(u), S(step))
        v[i] -= S(step * m / correction.first)
      }
    }
  }
}
