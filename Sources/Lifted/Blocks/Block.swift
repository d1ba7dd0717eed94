import Tensors

/// One block of the energy, all others held still: a smooth part and a part with a prox.
///
///     min_v  H(v) + G(v),   H with a Lipschitz gradient,   G convex
///
/// A block's variable is a list of tensors: one for a layer's variable, weight and offset for its
/// parameters. Every ``BlockSolver`` works on every block.
public protocol Block<S> {
  associatedtype S: TensorScalar

  /// `H(v)`, up to a constant.
  func smoothValue(at v: [Tensor<S>]) -> Double
  /// `grad H(v)`. Cost: two products with the layer's map.
  func smoothGradient(at v: [Tensor<S>]) -> [Tensor<S>]
  /// `v <- prox_{step G}(v - step grad H(v))`, by default one after the other.
  func proximalGradientStep(_ v: inout [Tensor<S>], _ step: Double)
  /// `v <- argmin_u 1/2 ||u - v||^2 + step G(u)`, `step > 0`.
  func prox(_ v: inout [Tensor<S>], step: Double)
  /// The same with a step for every number: `v <- argmin_u sum_i (u_i - v_i)^2 / (2 steps_i) + G(u)`;
  /// for a `G` that is a sum over numbers.
  func prox(_ v: inout [Tensor<S>], steps: [Tensor<S>])
  /// A Lipschitz constant of `grad H`; `nil` where none holds everywhere.
  var curvature: Double? { get }
  /// The strong convexity of `G`, at least 0.
  var convexity: Double { get }
  /// The threads to work with.
  var pool: WorkerPool { get }
}

/// `a x + b y`, tensor by tensor.
func combination<S: TensorScalar>(
  _ a: Double, _ x: [Tensor<S>], _ b: Double, _ y: [Tensor<S>]
) -> [Tensor<S>] {
  var sum = x
  for k in sum.indices { sum[k].combine(S(a), S(b), y[k]) }
  return sum
}

/// `sum <x_k, y_k>`.
func dot<S: TensorScalar>(_ x: [Tensor<S>], _ y: [Tensor<S>]) -> Double {
  zip(x, y).reduce(0) { $0 + $1.0.dot($1.1) }
}

/// `||x - y||`, all tensors together.
func distance<S: TensorScalar>(_ x: [Tensor<S>], _ y: [Tensor<S>]) -> Double {
  let difference = combination(1, x, -1, y)
  return dot(difference, difference).squareRoot()
}

extension Block {
  /// `prox(v - step gradient, step)`.
  func step(from v: [Tensor<S>], along gradient: [Tensor<S>], _ step: Double) -> [Tensor<S>] {
    var moved = combination(1, v, -step, gradient)
    prox(&moved, step: step)
    return moved
  }

  /// The gradient, the step, the prox.
  public func proximalGradientStep(_ v: inout [Tensor<S>], _ step: Double) {
    v = self.step(from: v, along: smoothGradient(at: v), step)
  }

  /// One over the curvature; any step will do where there is none.
  var longestStep: Double { 1 / Swift.max(curvature ?? 1, 1e-12) }

  /// `||v - prox(v - grad H(v) / L)|| L`, zero exactly at the minimiser; the block's stationarity.
  func stationarity(at v: [Tensor<S>]) -> Double {
    let moved = step(from: v, along: smoothGradient(at: v), longestStep)
    return distance(v, moved) / longestStep
  }
}
