import Tensors

/// Nesterov's method for a strongly convex block, started afresh in each round:
///
///     v_{k+1} = prox_{G/L}(y - grad H(y) / L),   y = v_k + m (v_k - v_{k-1})
///     m = (1 - sqrt q) / (1 + sqrt q),   q = (mu/L) / (1 + mu/L),   mu the convexity of G
///
/// The distance to the minimiser falls like `(1 - sqrt q)^(k/2)`. Where `mu` is not known to be positive
/// (weights without an anchor) the momentum is FISTA's, for a gap of `O(1/k^2)`. Not monotone. Cost of
/// a step: one gradient of the block.
///
/// Source: Beck and Teboulle, SIAM Journal on Imaging Sciences 2, 2009; Chambolle and Pock, Acta
/// Numerica 25, 2016, for the strongly convex form.
public struct AcceleratedGradient: BlockSolver {
  /// Steps, at least 1.
  public let steps: Int

  /// One in each step.
  public var gradients: Int { steps }

  /// Yes.
  public var movesRowsApart: Bool { true }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(steps: Int = 5) throws(SolverError) {
    try requireSteps(steps)
    self.steps = steps
  }

  public func improve<S: TensorScalar>(
    _ v: inout [Tensor<S>], in block: some Block<S>, memory: inout BlockMemory<S>
  ) {
    let step = block.longestStep
    let q = (step * block.convexity / (1 + step * block.convexity)).squareRoot()
    var (y, t) = (v, 1.0)
    for _ in 0..<steps {
      let moved = block.step(from: y, along: block.smoothGradient(at: y), step)
      let longer = (1 + (1 + 4 * t * t).squareRoot()) / 2
      let momentum = q > 0 ? (1 - q) / (1 + q) : (t - 1) / longer
      y = combination(1 + momentum, moved, -momentum, v)
      (v, t) = (moved, longer)
    }
  }
}
