import Tensors

/// ``Majorise`` with Nesterov's extrapolation, in the metric of the layer's inputs:
///
///     V_{k+1} = majorise(Y_k),   Y_{k+1} = V_{k+1} + (t_k - 1)/t_{k+1} (V_{k+1} - V_k)
///
/// The gap falls like `1/k^2`, far ahead of gradient steps where inputs are correlated. Extrapolation
/// starts again in each round and where it points uphill. Cost of a step: as ``Majorise``.
///
/// Source: Li, Fang and Lin, AAAI 2019 (LPOM), algorithm 2.
public struct AcceleratedMajorise: ParameterSolver {
  /// `tau > 0`.
  public let tau: Double
  /// Steps, at least 1.
  public let steps: Int

  /// One in each step.
  public var gradients: Int { steps }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(tau: Double, steps: Int = 5) throws(SolverError) {
    _ = try ImplicitStep(tau: tau)
    try requireSteps(steps)
    (self.tau, self.steps) = (tau, steps)
  }

  public func checkParameters(of energy: Energy) throws(SolverError) {
    try energy.requireMajoriser()
  }

  public func improve<S: TensorScalar>(
    _ theta: inout [Tensor<S>], in block: ParameterBlock<S>, _ memory: inout BlockMemory<S>
  ) throws(SolverError) {
    var (y, t) = (theta, 1.0)
    for _ in 0..<steps {
      var moved = y
      try block.majorise(&moved, tau: tau)
      block.energy.weightPenalty.project(&moved, block.stage)
      let change = combination(1, moved, -1, theta)
      if dot(combination(1, y, -1, moved), change) > 0 { t = 1 }
      let longer = (1 + (1 + 4 * t * t).squareRoot()) / 2
      y = combination(1, moved, (t - 1) / longer, change)
      (theta, t) = (moved, longer)
    }
  }
}
