import Tensors

/// Proximal gradient steps that keep some of their velocity:
///
///     w <- m (v_k - v_{k-1}),   v_{k+1} = prox_{eta G}(v_k - eta grad H(v_k) + w),   eta = (1 - m) / L
///
/// The velocity is dropped when it points uphill, `<w, grad H> > 0`; it lives on from round to round.
/// Cost of a step: one gradient of the block.
///
/// Source: Polyak, 1964; Ochs, Chen, Brox and Pock (iPiano), SIAM Journal on Imaging Sciences 7, 2014,
/// for the step with a prox.
public struct HeavyBall: BlockSolver {
  /// Steps, at least 1.
  public let steps: Int
  /// `0 <= m < 1`.
  public let momentum: Double

  /// One in each step.
  public var gradients: Int { steps }

  /// With one step.
  public var looksAboveOnce: Bool { steps == 1 }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(steps: Int = 1, momentum: Double = 0.7) throws(SolverError) {
    try requireSteps(steps)
    try SolverError.require(momentum, in: 0...0.999_999, "momentum")
    (self.steps, self.momentum) = (steps, momentum)
  }

  public func improve<S: TensorScalar>(
    _ v: inout [Tensor<S>], in block: some Block<S>, memory: inout BlockMemory<S>
  ) {
    var before = memory.tensors.first ?? v
    let eta = (1 - momentum) * block.longestStep
    for _ in 0..<steps {
      let gradient = block.smoothGradient(at: v)
      let velocity = combination(momentum, v, -momentum, before)
      var moved = combination(1, v, -eta, gradient)
      if dot(velocity, gradient) <= 0 { moved = combination(1, moved, 1, velocity) }
      block.prox(&moved, step: eta)
      (before, v) = (v, moved)
    }
    memory.tensors = [before]
  }
}
