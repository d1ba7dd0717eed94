import Tensors

/// Proximal gradient steps of length `1/L`, `L` the block's Lipschitz constant:
///
///     v <- prox_{G/L}(v - grad H(v) / L)
///
/// Monotone; on a variable each step contracts by `1 / (1 + lambda_l / L)` or more. With one step in
/// each block it is PALM. Cost of a step: one gradient of the block.
///
/// Source: Bolte, Sabach and Teboulle, Mathematical Programming 146, 2014.
public struct ProximalGradient: BlockSolver {
  /// Steps, at least 1.
  public let steps: Int

  /// One in each step.
  public var gradients: Int { steps }

  /// Yes.
  public var movesRowsApart: Bool { true }

  /// With one step.
  public var looksAboveOnce: Bool { steps == 1 }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(steps: Int) throws(SolverError) {
    try requireSteps(steps)
    self.steps = steps
  }

  private init() { steps = 1 }

  /// One step.
  public static let once = ProximalGradient()

  public func improve<S: TensorScalar>(
    _ v: inout [Tensor<S>], in block: some Block<S>, memory: inout BlockMemory<S>
  ) {
    for _ in 0..<steps {
      block.proximalGradientStep(&v, block.longestStep)
    }
  }
}
