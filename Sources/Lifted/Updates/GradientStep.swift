import Tensors

/// Plain gradient descent on a weight block: `w <- prox_{eta R}(w - eta g)`.
public struct GradientStep: WeightUpdate {
  /// The step `eta > 0`.
  public let stepSize: Double
  /// None.
  public let moments = 0

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(stepSize: Double) throws(SolverError) {
    try SolverError.requirePositive(stepSize, "stepSize")
    self.stepSize = stepSize
  }

  /// One pass over gradient and weights.
  public func update<S: TensorScalar>(
    _ block: inout WeightBlock<S>, _ context: UpdateContext<S>, on pool: WorkerPool
  ) {
    let step = stepSize * context.stepFactor
    block.descend(context, step: step, on: pool) { w, g, _, shrink, count in
      S.descend(w, along: g, step: S(step), shrink: shrink, count: count)
    }
  }
}
