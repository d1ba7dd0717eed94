import Tensors

/// LPOM's fixed-point iteration, the mirror step without damping:
///
///     x <- sigma(a - kappa A^* R(x)),   kappa = lambda_{l+1} / lambda_l
///
/// Converges where `kappa ||A||^2 < 1` and may blow up otherwise, so it asks for a bound on the weights
/// (``WeightPenalty/radius``) and looks at the norm in every round: a layer beyond `1` gets the damped
/// steps of ``MirrorStep`` instead. Where the bound holds it is faster than those.
///
/// Source: Li, Fang and Lin, AAAI 2019 (LPOM), the sufficient condition in the spectral norm.
public struct FixedPoint: VariableSolver {
  /// Steps, at least 1.
  public let steps: Int

  /// One in each step.
  public var gradients: Int { steps }

  /// Yes, as for ``MirrorStep``.
  public var startsAtPreactivation: Bool { true }

  /// Yes.
  public var movesRowsApart: Bool { true }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(steps: Int = 5) throws(SolverError) {
    try requireSteps(steps)
    self.steps = steps
  }

  public func checkVariables(of energy: Energy) throws(SolverError) {
    try energy.requireMirrorForm()
    guard energy.weightPenalty.radius != nil else {
      throw .unsuitable(
        "the fixed-point iteration may diverge without a bound on the weights; set weightRadius, "
          + "or use mirror")
    }
  }

  public func improve<S: TensorScalar>(
    _ x: inout Tensor<S>, in block: VariableBlock<S>, _ memory: inout BlockMemory<S>
  ) {
    block.mirrorSteps(steps, &x, &memory, damping: { $0 < 1 ? 1 : 1 / (1 + $0) })
  }
}
