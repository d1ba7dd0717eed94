import Tensors

/// Proximal gradient steps whose length is found by trial, for blocks without a known curvature:
///
///     accept v+ = prox_{t G}(v - t grad H(v))   if   H(v+) <= H(v) + <grad H(v), v+ - v> + ||v+ - v||^2 / (2 t)
///
/// else `t <- t / 2`; after a success the next trial is `growth t`. Monotone for any penalty that has
/// gradients. Cost of a step: one gradient and a value or more.
public struct Backtracking: BlockSolver {
  /// Steps, at least 1.
  public let steps: Int
  /// Factor on the length after a success, `1 <= growth <= 2`.
  public let growth: Double
  public var backtracks: Bool { true }

  /// A gradient and about as much for values, in each step.
  public var gradients: Int { 2 * steps }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(steps: Int = 1, growth: Double = 1.5) throws(SolverError) {
    try requireSteps(steps)
    try SolverError.require(growth, in: 1...2, "growth")
    (self.steps, self.growth) = (steps, growth)
  }

  public func improve<S: TensorScalar>(
    _ v: inout [Tensor<S>], in block: some Block<S>, memory: inout BlockMemory<S>
  ) {
    var length = memory.step ?? (block.curvature == nil ? 1 : block.longestStep)
    var value = block.smoothValue(at: v)
    for _ in 0..<steps {
      let gradient = block.smoothGradient(at: v)
      for halvings in 0...Self.mostHalvings {
        let moved = block.step(from: v, along: gradient, length)
        let change = combination(1, moved, -1, v)
        let reached = block.smoothValue(at: moved)
        let model = value + dot(gradient, change) + dot(change, change) / (2 * length)
        if reached <= model + Self.rounding * abs(value) * Double(S.ulpOfOne) {
          (v, value) = (moved, reached)
          length *= growth
          break
        }
        length /= 2
        if halvings == Self.mostHalvings { length *= 0x1p60 }
      }
    }
    memory.step = length
  }

  /// A block that accepts no step after so many halvings stays where it is.
  private static let mostHalvings = 60
  private static let rounding = 8.0
}
