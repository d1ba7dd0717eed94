import Tensors

/// The block step of iPALM: a proximal gradient step from a point that is carried on by the last move.
///
///     y = v_k + a (v_k - v_{k-1}),   v_{k+1} = prox_{G/tau}(y - grad H(y) / tau)
///     tau = max(L, ((1 + e) d + (1 + a) L) / (2 - a)),   d = 3 a L / (2 (1 - e - a)),   e = 1/1000
///
/// One step a round; with `a = 0` it is PALM's. `tau` is the rule for a convex `G` with equal inertia
/// in prox and gradient. Not monotone. Cost: one gradient of the block.
///
/// Source: Pock and Sabach, SIAM Journal on Imaging Sciences 9, 2016.
public struct InertialStep: BlockSolver {
  /// `0 <= a < 1/2`.
  public let inertia: Double

  /// One.
  public var gradients: Int { 1 }

  /// Yes.
  public var movesRowsApart: Bool { true }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(inertia: Double = 0.2) throws(SolverError) {
    try SolverError.require(inertia, in: 0...0.499, "inertia")
    self.inertia = inertia
  }

  /// `tau / L`.
  private var stiffening: Double {
    let e = 1e-3
    let d = 3 * inertia / (2 * (1 - e - inertia))
    return max(1, ((1 + e) * d + 1 + inertia) / (2 - inertia))
  }

  public func improve<S: TensorScalar>(
    _ v: inout [Tensor<S>], in block: some Block<S>, memory: inout BlockMemory<S>
  ) {
    let before = memory.tensors.first ?? v
    let y = combination(1 + inertia, v, -inertia, before)
    memory.tensors = [v]
    v = block.step(from: y, along: block.smoothGradient(at: y), block.longestStep / stiffening)
  }
}
