import Tensors

/// Heavy-ball descent: `m <- decay m + g`, `w <- prox_{eta R}(w - eta m)`.
///
/// Source: Polyak, 1964, in the form common in software.
public struct Momentum: WeightUpdate {
  /// The step `eta > 0`.
  public let stepSize: Double
  /// What is kept of the last direction, `0 <= decay < 1`.
  public let decay: Double
  /// The last direction.
  public let moments = 1

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(stepSize: Double, decay: Double = 0.9) throws(SolverError) {
    try SolverError.requirePositive(stepSize, "stepSize")
    try SolverError.require(decay, in: 0...0.999_999, "decay")
    (self.stepSize, self.decay) = (stepSize, decay)
  }

  /// One pass over gradient, direction and weights.
  public func update<S: TensorScalar>(
    _ block: inout WeightBlock<S>, _ context: UpdateContext<S>, on pool: WorkerPool
  ) {
    let step = stepSize * context.stepFactor
    block.descend(context, step: step, on: pool) { w, g, m, shrink, count in
      S.descend(
        w, along: g, momentum: m(0), decay: S(decay), step: S(step), shrink: shrink, count: count)
    }
  }
}
