import Tensors

/// `S(x) = alpha sum_g ||x_g||` over consecutive groups of a row, for layers that switch whole groups
/// off.
///
/// The joint prox, group by group: for identity, rectifier and soft thresholds (see
/// ``SublinearActivation``) the group threshold after the prox of `Psi`. For every other separable
/// `Psi` it is `u(k) = prox_{t/(1+k) Psi}(v/(1+k))` at the root `k >= 0` of
///
///     k ||u(k)|| = s alpha
///
/// whose left side is nondecreasing; if it never gets there, `u = 0`. Cost of the latter: some forty
/// proxes.
public struct GroupPenalty: LayerRegulariser {
  /// The weight, `>= 0`.
  public let alpha: Double
  /// Numbers per group, `>= 1`; the length of a row must be a multiple of it.
  public let groupSize: Int

  /// - Throws: ``ProximalError`` unless `alpha >= 0` and `groupSize >= 1`.
  public init(alpha: Double, groupSize: Int) throws(ProximalError) {
    try ProximalError.require(alpha >= 0, "GroupPenalty", "alpha", alpha, "a finite number >= 0")
    try ProximalError.require(
      groupSize >= 1, "GroupPenalty", "groupSize", Double(groupSize), "at least 1")
    self.alpha = alpha
    self.groupSize = groupSize
  }

  public var coupling: Coupling { .groups(of: groupSize) }

  public func validate(with activation: any Activation) throws(ProximalError) {
    guard activation.coupling == .separable else {
      throw .incompatible(
        "GroupPenalty", with: "\(type(of: activation))", needs: "a separable activation")
    }
  }

  public func value<S: TensorScalar>(of x: UnsafePointer<S>, count: Int) -> S {
    S(
      alpha
        * rowwise(
          x, { sumGroups($0, size: groupSize, count: count) { $0 } },
          { sumGroups($0, size: groupSize, count: count) { $0 } }))
  }

  public func jointProx<S: TensorScalar>(
    of v: UnsafePointer<S>, _ activation: any Activation, t: S, s: S,
    into out: UnsafeMutablePointer<S>, count: Int
  ) {
    precondition(activation.coupling == .separable, "GroupPenalty needs a separable activation")
    let threshold = Double(s) * alpha
    if activation is any SublinearActivation {
      activation.prox(of: v, step: t, into: out, count: count)
      shrinkGroups(out, by: threshold, count: count)
    } else {
      precondition(count % groupSize == 0, "a row of \(count) numbers, groups of \(groupSize)")
      for start in stride(from: 0, to: count, by: groupSize) {
        let group = DampedGroup(v: v + start, count: groupSize, activation: activation, t: t)
        group.solve(norm: threshold, into: out + start)
      }
    }
  }

  private func shrinkGroups<S: TensorScalar>(
    _ x: UnsafeMutablePointer<S>, by threshold: Double, count: Int
  ) {
    rowwise(
      x, into: x,
      { scaleGroups($0, into: $1, size: groupSize, count: count) { shrink($0, by: threshold) } },
      { scaleGroups($0, into: $1, size: groupSize, count: count) { shrink($0, by: threshold) } })
  }

  public func addSubgradient<S: TensorScalar>(
    at x: UnsafePointer<S>, times factor: S, to u: UnsafeMutablePointer<S>, count: Int
  ) {
    let scale = Double(factor) * alpha
    rowwise(
      x, into: u, { addDirections($0, scale, $1, count) }, { addDirections($0, scale, $1, count) })
  }

  @inline(__always)
  private func addDirections<S: TensorScalar>(
    _ x: UnsafePointer<S>, _ scale: Double, _ u: UnsafeMutablePointer<S>, _ count: Int
  ) {
    for start in stride(from: 0, to: count, by: groupSize) {
      let length = norm(x + start, count: groupSize)
      guard length > 0 else { continue }
      let factor = S(scale / length)
      for i in start..<start + groupSize { u[i] += factor * x[i] }
    }
  }
}
