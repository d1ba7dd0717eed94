import Tensors

/// Group soft threshold: `Psi(y) = alpha sum_g ||y_g||` over consecutive groups of a row.
///
///     sigma(z)_g       = max(0, 1 - alpha/||z_g||) z_g
///     Phi^*(z)         = 1/2 sum_g max(||z_g|| - alpha, 0)^2
///     prox_{t Psi}     = the same with t alpha,   prox_{mu Phi}(v) = prox_{mu Psi}(v)/(1+mu)
///
/// The length of a row must be a multiple of the group size. Cost: two passes.
public struct GroupSoftThreshold: Activation {
  /// The threshold on the norm of a group, `>= 0`.
  public let alpha: Double
  /// Numbers per group, `>= 1`.
  public let groupSize: Int

  /// - Throws: ``ProximalError`` unless `alpha >= 0` and `groupSize >= 1`.
  public init(alpha: Double, groupSize: Int) throws(ProximalError) {
    try ProximalError.require(
      alpha >= 0, "GroupSoftThreshold", "alpha", alpha, "a finite number >= 0")
    try ProximalError.require(
      groupSize >= 1, "GroupSoftThreshold", "groupSize", Double(groupSize), "at least 1")
    self.alpha = alpha
    self.groupSize = groupSize
  }

  public var coupling: Coupling { .groups(of: groupSize) }

  public func value<S: TensorScalar>(of y: UnsafePointer<S>, count: Int) -> S {
    S(alpha * sumOverGroups(y, count: count) { $0 })
  }

  public func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    let threshold = Double(step) * alpha
    rowwise(
      v, into: out,
      { scaleGroups($0, into: $1, size: groupSize, count: count) { shrink($0, by: threshold) } },
      { scaleGroups($0, into: $1, size: groupSize, count: count) { shrink($0, by: threshold) } })
  }

  public func conjugate<S: TensorScalar>(at z: UnsafePointer<S>, count: Int) -> S {
    S(
      sumOverGroups(z, count: count) { norm in
        let excess = max(norm - alpha, 0)
        return excess * excess / 2
      })
  }

  private func sumOverGroups<S: TensorScalar>(
    _ x: UnsafePointer<S>, count: Int, _ term: (Double) -> Double
  ) -> Double {
    rowwise(
      x, { sumGroups($0, size: groupSize, count: count, term) },
      { sumGroups($0, size: groupSize, count: count, term) })
  }
}

/// The factor `max(0, 1 - threshold/norm)`.
@inline(__always)
func shrink(_ norm: Double, by threshold: Double) -> Double {
  norm > threshold ? 1 - threshold / norm : (norm.isNaN ? norm : 0)
}
