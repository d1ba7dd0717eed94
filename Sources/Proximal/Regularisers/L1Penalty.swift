import Tensors

/// `S(x) = alpha ||x||_1`, for sparse layers with a separable activation.
///
/// For every separable convex `Psi` the joint prox is made of two proxes of `Psi` alone:
///
///     p = prox_{t Psi}(v - s alpha)   if that is > 0
///     p = prox_{t Psi}(v + s alpha)   if that is < 0
///     p = 0                           otherwise
///
/// On `u > 0` the objective is that of the first prox up to a constant, on `u < 0` that of the
/// second; if neither minimiser lies on its side, the convex objective decreases towards 0 from both.
/// If 0 is outside the domain, one of the first two cases holds. In closed form: soft threshold,
/// rectifier and identity become ``SoftThreshold`` and ``NonnegativeSoftThreshold``.
public struct L1Penalty: LayerRegulariser {
  /// The weight, `>= 0`.
  public let alpha: Double

  /// - Throws: ``ProximalError`` unless `alpha >= 0`.
  public init(alpha: Double) throws(ProximalError) {
    try ProximalError.require(alpha >= 0, "L1Penalty", "alpha", alpha, "a finite number >= 0")
    self.alpha = alpha
  }

  public var coupling: Coupling { .separable }

  public func validate(with activation: any Activation) throws(ProximalError) {
    guard activation.coupling == .separable else {
      throw .incompatible(
        "L1Penalty", with: "\(type(of: activation))", needs: "a separable activation")
    }
  }

  public func value<S: TensorScalar>(of x: UnsafePointer<S>, count: Int) -> S {
    S(alpha) * total(count, x, x, { x, _ in abs(x) }, { x, _ in abs(x) })
  }

  public func jointProx<S: TensorScalar>(
    of v: UnsafePointer<S>, _ activation: any Activation, t: S, s: S,
    into out: UnsafeMutablePointer<S>, count: Int
  ) {
    precondition(activation.coupling == .separable, "L1Penalty needs a separable activation")
    let (float, double) = (Float(s) * Float(alpha), Double(s) * alpha)
    activation.forEachPiece(of: count) { start, count, above in
      let out = out + start
      elementwise(v + start, into: above, count: count, { $0 - float }, { $0 - double })
      elementwise(v + start, into: out, count: count, { $0 + float }, { $0 + double })
      activation.prox(of: UnsafePointer(above), step: t, into: above, count: count)
      activation.prox(of: UnsafePointer(out), step: t, into: out, count: count)
      // The prox is nondecreasing, so the first is the smaller one and at most one case holds.
      elementwise(
        above, out, into: out, count: count, { max($0, 0) + min($1, 0) },
        { max($0, 0) + min($1, 0) })
    }
  }

  public func addSubgradient<S: TensorScalar>(
    at x: UnsafePointer<S>, times factor: S, to u: UnsafeMutablePointer<S>, count: Int
  ) {
    let (float, double) = (Float(factor) * Float(alpha), Double(factor) * alpha)
    elementwise(
      x, u, into: u, count: count, { $0 == 0 ? $1 : ($0 > 0 ? $1 + float : $1 - float) },
      { $0 == 0 ? $1 : ($0 > 0 ? $1 + double : $1 - double) })
  }
}
