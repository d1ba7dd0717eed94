import Tensors

/// The implicit (proximal) step of a weight block: the exact minimiser of the block's quadratic model
/// with the anchor `||W - W_k||^2 / (2 tau)`, reached at once and without a step-size limit.
///
///     dW = -E^T (A A^T + (B/tau) I)^{-1} A,   W <- W + relaxation dW
///
/// `E` are the residuals, `A` the inputs with a column of ones, `B` samples. As `tau -> 0` it becomes the
/// gradient step of size `tau`; as `tau -> infinity` the pseudo-inverse step of the batch. Cost: one
/// Cholesky factorisation of order `min(B, inputs + 1)`, about 1.2 gradients at a batch of 100.
///
/// Source: Toulis and Airoldi, 2017, for the implicit step; the Bregman penalty is 1-smooth in its
/// pre-activation, so the quadratic model is a majoriser.
public struct ImplicitStep: WeightUpdate {
  /// `tau > 0`.
  public let tau: Double
  /// The fraction of the step that is taken, `0 < relaxation <= 1`.
  public let relaxation: Double
  /// None.
  public let moments = 0
  /// No: inputs and residuals.
  public let needsGradientOnly = false
  /// `tau`.
  public var stepSize: Double { tau }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(tau: Double, relaxation: Double = 1) throws(SolverError) {
    try SolverError.requirePositive(tau, "tau")
    try SolverError.requirePositive(relaxation, "relaxation")
    try SolverError.require(relaxation, in: 0...1, "relaxation")
    (self.tau, self.relaxation) = (tau, relaxation)
  }

  /// Any stage that is affine in its parameters.
  public func check(_ stage: any AffineStage) throws(SolverError) {
    guard stage.isAffineInParameters else {
      throw .unsuitable(
        "the implicit step needs a stage that is affine in its parameters, not \(type(of: stage)); use "
          + "gradient, momentum or adam for it")
    }
  }

  /// The stage's implicit step in the units of the loss, then the prox of the weight penalty.
  /// - Throws: ``SolverError/notPositiveDefinite(what:)`` when it has diverged.
  public func update<S: TensorScalar>(
    _ block: inout WeightBlock<S>, _ context: UpdateContext<S>, on pool: WorkerPool
  ) throws(SolverError) {
    let step = tau * context.stepFactor
    try subtractStep(from: &block.theta, tau: S(step), context, on: pool)
    block.steps += 1
    context.penalty.shrink(&block.theta, context.stage, step: step * relaxation)
    context.penalty.project(&block.theta, context.stage)
  }

  /// In the units of the loss: residuals over beta, so that `scale * samples` is 1.
  private func subtractStep<S: TensorScalar>(
    from theta: inout [Tensor<S>], tau: S, _ context: UpdateContext<S>, on pool: WorkerPool
  ) throws(SolverError) {
    let samples = S(context.samples)
    let factor = context.scale * samples
    if let sums = context.normalEquations {
      let solution = try sums.solution(ridge: samples / tau, times: factor, on: pool)
      theta.subtract(extended: solution, times: S(relaxation))
    } else {
      try context.stage.implicitStep(
        &theta, residual: context.residual.scaled(by: factor), at: context.input,
        scale: 1 / samples, tau: tau, relaxation: S(relaxation), on: pool)
    }
  }

  /// Of dense stages with fewer inputs than the batch has samples.
  public func takesNormalEquations(of stage: any AffineStage, samples: Int) -> Bool {
    stage is Dense && samples > stage.inputs + 1
  }
}
