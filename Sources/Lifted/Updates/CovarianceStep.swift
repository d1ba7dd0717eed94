import RealModule
import Tensors

/// Descent preconditioned by a running covariance of the layer's inputs, for dense stages.
///
///     C <- decay C + (1 - decay) A^T A / s,   A = [X 1]
///     W <- prox_{eta R}(W - eta G (C / (1 - decay^t) + epsilon I)^{-1})
///
/// `G` is the gradient with the offset's as its last column. The penalty is 1-smooth in the
/// pre-activation, so with one batch and `eta = 1` this is the minimiser of its quadratic majoriser, the
/// limit of ``ImplicitStep``; the running mean stands for the data instead of the batch. Fits faster
/// than Adam and overfits sooner.
///
/// Between two renewals inputs may leave the directions that the covariance has seen, along which a
/// step is as long as `eta / epsilon`: with a small `epsilon` or a short memory it diverges.
///
/// The inverse is renewed at each of the first `refresh` steps and at every `refresh`-th after. Cost:
/// `2 s n^2` operations a step and `n^3` a renewal, `n = inputs + 1`. Memory: `2 n^2` numbers a layer.
///
/// Source: one factor of the Kronecker approximation of Martens and Grosse, ICML 2015.
public struct CovarianceStep: WeightUpdate {
  /// The step `eta > 0`.
  public let stepSize: Double
  /// What is kept of the covariance at each step, `0 <= decay < 1`.
  public let decay: Double
  /// `epsilon > 0`.
  public let epsilon: Double
  /// Steps from one inverse to the next, at least 1.
  public let refresh: Int
  /// None of the parameters' shapes.
  public let moments = 0
  /// No: inputs and residuals.
  public let needsGradientOnly = false

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    stepSize: Double, decay: Double = 0.99, epsilon: Double = 0.1, refresh: Int = 10
  ) throws(SolverError) {
    try SolverError.requirePositive(stepSize, "stepSize")
    try SolverError.require(decay, in: 0...0.999_999, "decay")
    try SolverError.requirePositive(epsilon, "epsilon")
    guard refresh >= 1 else {
      throw .outOfRange(parameter: "refresh", value: Double(refresh), admissible: "at least 1")
    }
    (self.stepSize, self.decay, self.epsilon) = (stepSize, decay, epsilon)
    self.refresh = refresh
  }

  /// The covariance and its inverse.
  public func memory(for stage: any AffineStage) -> [[Int]] {
    Array(repeating: [stage.inputs + 1, stage.inputs + 1], count: 2)
  }

  /// A weight of shape `(outputs, inputs)` and an offset, so that every unit has the same inputs.
  public func check(_ stage: any AffineStage) throws(SolverError) {
    guard stage.parameters.map(\.shape) == [[stage.outputs, stage.inputs], [stage.outputs]] else {
      throw .unsuitable(
        "the covariance step needs a dense stage, not \(type(of: stage)); use another update for it"
      )
    }
  }

  /// The covariance, every so often its inverse, then the step.
  /// - Throws: ``SolverError/notPositiveDefinite(what:)`` when it has diverged,
  ///   ``SolverError/unsuitable(_:)`` for a stage that is not dense.
  public func update<S: TensorScalar>(
    _ block: inout WeightBlock<S>, _ context: UpdateContext<S>, on pool: WorkerPool
  ) throws(SolverError) {
    try check(context.stage)
    let sums =
      context.normalEquations
      ?? NormalEquations(residual: context.residual, input: context.input, on: pool)
    block.memory[0].combine(S(decay), S(1 - decay) / S(context.samples), sums.gram)
    if block.steps < refresh || block.steps.isMultiple(of: refresh) {
      let weight = 1 - Double.pow(decay, Double(block.steps + 1))
      var inverse = block.memory[0].scaled(by: S(1 / weight))
      try inverse.invertPositiveDefinite(
        adding: S(epsilon), what: "the covariance of a layer's inputs")
      block.memory[1] = inverse
    }
    let step = stepSize * context.stepFactor
    let direction = sums.cross.multiplied(by: block.memory[1], times: context.scale, on: pool)
    block.theta.subtract(extended: direction, times: S(step))
    block.steps += 1
    context.penalty.shrink(&block.theta, context.stage, step: step)
    context.penalty.project(&block.theta, context.stage)
  }

  /// Of every dense stage.
  public func takesNormalEquations(of stage: any AffineStage, samples: Int) -> Bool { true }
}
