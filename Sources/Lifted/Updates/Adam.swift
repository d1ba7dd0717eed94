import RealModule
import Tensors

/// Descent scaled by running moments of the gradient, with bias correction.
///
///     m <- d1 m + (1 - d1) g,   v <- d2 v + (1 - d2) g^2
///     w <- prox_{eta R}(w - eta m / (1 - d1^t) / (sqrt(v / (1 - d2^t)) + epsilon))
///
/// The weight penalty acts by its proximal step (decoupled), not through the gradient. One pass over
/// the weights: the gradient is used while it is in cache and never stored.
///
/// Source: Kingma and Ba, ICLR 2015; Loshchilov and Hutter, ICLR 2019.
public struct Adam: WeightUpdate {
  /// The step `eta > 0`.
  public let stepSize: Double
  /// Decays of first and second moment, each `0 <= d < 1`.
  public let decays: (first: Double, second: Double)
  /// Added to the root, `> 0`.
  public let epsilon: Double
  /// First and second moment.
  public let moments = 2

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    stepSize: Double = 1e-3, firstDecay: Double = 0.9, secondDecay: Double = 0.999,
    epsilon: Double = 1e-8
  ) throws(SolverError) {
    try SolverError.requirePositive(stepSize, "stepSize")
    try SolverError.requirePositive(epsilon, "epsilon")
    try SolverError.require(firstDecay, in: 0...0.999_999, "firstDecay")
    try SolverError.require(secondDecay, in: 0...0.999_999_9, "secondDecay")
    self.stepSize = stepSize
    self.decays = (firstDecay, secondDecay)
    self.epsilon = epsilon
  }

  /// One pass over gradient, moments and weights, a piece at a time in cache.
  public func update<S: TensorScalar>(
    _ block: inout WeightBlock<S>, _ context: UpdateContext<S>, on pool: WorkerPool
  ) {
    let step = stepSize * context.stepFactor
    let count = Double(block.steps + 1)
    let corrected = step / (1 - Double.pow(decays.first, count))
    let correction = 1 / (1 - Double.pow(decays.second, count))
    block.descend(context, step: step, on: pool) { w, g, m, shrink, count in
      S.descend(
        w, along: g, moments: m(0), m(1), decays: (S(decays.first), S(decays.second)),
        epsilon: S(epsilon), correction: S(correction), step: S(corrected), shrink: shrink,
        count: count)
    }
  }
}
