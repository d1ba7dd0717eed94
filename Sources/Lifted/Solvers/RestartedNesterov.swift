import Tensors

/// Nesterov's method with FISTA's growing momentum, which starts again whenever it points uphill:
///
///     v_{k+1} = prox_{G/L}(y_k - grad H(y_k) / L),   y_{k+1} = v_{k+1} + (t_k - 1)/t_{k+1} (v_{k+1} - v_k)
///     restart when  <y_k - v_{k+1}, v_{k+1} - v_k>  >  0
///
/// Fast without knowing how convex the block is; the momentum lives on from round to round. Cost of a
/// step: one gradient of the block.
///
/// Source: O'Donoghue and Candes, Foundations of Computational Mathematics 15, 2015.
public struct RestartedNesterov: BlockSolver {
  /// Steps, at least 1.
  public let steps: Int

  /// One in each step.
  public var gradients: Int { steps }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(steps: Int = 5) throws(SolverError) {
    try requireSteps(steps)
    self.steps = steps
  }

  public func improve<S: TensorScalar>(
    _ v: inout [Tensor<S>], in block: some Block<S>, memory: inout BlockMemory<S>
  ) {
    var y = memory.tensors.first ?? v
    var t = memory.step ?? 1
    for _ in 0..<steps {
      let moved = block.step(from: y, along: block.smoothGradient(at: y), block.longestStep)
      let change = combination(1, moved, -1, v)
      if dot(combination(1, y, -1, moved), change) > 0 { t = 1 }
      let longer = (1 + (1 + 4 * t * t).squareRoot()) / 2
      y = combination(1, moved, (t - 1) / longer, change)
      (v, t) = (moved, longer)
    }
    (memory.tensors, memory.step) = ([y], t)
  }
}
