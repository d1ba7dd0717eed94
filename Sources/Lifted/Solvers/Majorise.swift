import Tensors

/// The minimiser of a weight block's quadratic majoriser with the anchor `1/(2 tau)`: descends for any
/// data and has no step size.
///
///     W <- W - R^T X (X^T X + ridge)^{-1}   (offsets as a column of ones)
///
/// Exact (ridge regression) where the penalty is quadratic in the pre-activation. Cost: one Cholesky
/// factorisation of order `min(samples, inputs + 1)` a step. See ``ImplicitStep``.
public struct Majorise: ParameterSolver {
  /// `tau > 0`; large is far.
  public let tau: Double
  /// The fraction of the step that is taken, `0 < relaxation <= 1`.
  public let relaxation: Double
  /// Steps, at least 1.
  public let steps: Int

  /// One in each step.
  public var gradients: Int { steps }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(tau: Double, relaxation: Double = 1, steps: Int = 1) throws(SolverError) {
    _ = try ImplicitStep(tau: tau, relaxation: relaxation)
    try requireSteps(steps)
    (self.tau, self.relaxation, self.steps) = (tau, relaxation, steps)
  }

  public func checkParameters(of energy: Energy) throws(SolverError) {
    try energy.requireMajoriser()
  }

  public func improve<S: TensorScalar>(
    _ theta: inout [Tensor<S>], in block: ParameterBlock<S>, _ memory: inout BlockMemory<S>
  ) throws(SolverError) {
    for _ in 0..<steps {
      let old = theta
      try block.majorise(&theta, tau: tau)
      theta = combination(relaxation, theta, 1 - relaxation, old)
      block.energy.weightPenalty.project(&theta, block.stage)
    }
  }
}

extension Energy {
  /// The quadratic model is a majoriser where the penalty is 1-smooth in the pre-activation.
  func requireMajoriser() throws(SolverError) {
    for penalty in [penalty, loss] where (penalty.preactivationLipschitz ?? .infinity) > 1 {
      throw .unsuitable(
        "the penalty \(type(of: penalty)) has no quadratic majoriser; use backtracking")
    }
  }
}

extension ParameterBlock {
  /// The minimiser of the quadratic majoriser, anchor and decay together:
  ///
  ///     1/(2 tau) ||W - W_k||^2 + decay/2 ||W||^2 = 1/(2 tau') ||W - f W_k||^2 + constant,
  ///     f = 1 / (1 + tau decay),   tau' = f tau
  ///
  /// so it is the implicit step with `tau'` from `f W_k`, where the residual is `R + (f - 1) A x`.
  /// Offsets have no decay; theirs is anchored by `tau'` as well, which is a majoriser still.
  func majorise(_ theta: inout [Tensor<S>], tau: Double) throws(SolverError) {
    let factor = energy.weightPenalty.shrinkage(step: tau)
    var residual = residual(at: theta)
    if factor < 1 {
      var image = Tensor<S>(shape: residual.shape)
      stage.apply(theta, to: input, into: &image, on: pool, finish: nil)
      residual.combine(1, S(factor - 1), image)
      energy.weightPenalty.shrink(&theta, stage, step: tau)
    }
    try stage.implicitStep(
      &theta, residual: residual, at: input, scale: S(scale), tau: S(factor * tau), relaxation: 1,
      on: pool)
  }
}
