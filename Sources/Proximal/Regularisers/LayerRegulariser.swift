import Tensors

/// A convex term `S(x)` on a layer's variable, such as `alpha ||x||_1` for a sparse code.
///
/// In the block solvers it joins the prox of the penalty; the one-sweep signals linearise it at the
/// forward state. A conforming type states the joint prox of `Psi` and `S`; the prox with `Phi` in
/// place of `Psi` and the activation of a regularised layer follow.
public protocol LayerRegulariser: Sendable {
  /// How numbers of a row depend on one another.
  var coupling: Coupling { get }

  /// Refuses activations whose joint prox with `S` is not known; call it where a layer is made.
  /// - Throws: ``ProximalError``.
  func validate(with activation: any Activation) throws(ProximalError)

  /// `S(x)` of one row.
  func value<S: TensorScalar>(of x: UnsafePointer<S>, count: Int) -> S

  /// `out <- argmin_u 1/2 ||u - v||^2 + t Psi(u) + s S(u)`, `Psi` of the activation, `t, s > 0`;
  /// `out` may be `v`.
  func jointProx<S: TensorScalar>(
    of v: UnsafePointer<S>, _ activation: any Activation, t: S, s: S,
    into out: UnsafeMutablePointer<S>, count: Int)

  /// `out <- argmin_u 1/2 ||u - v||^2 + step (weight Phi(u) + S(u))`, `Phi` of the activation;
  /// `step, weight > 0`; `out` may be `v`.
  func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, weight: S, _ activation: any Activation,
    into out: UnsafeMutablePointer<S>, count: Int)

  /// `x <- argmin_u weight (Phi(u) - <u, z>) + S(u)`: the activation of the regularised layer, the
  /// prox of `Psi + S/weight`; `x` may be `z`.
  func activate<S: TensorScalar>(
    _ z: UnsafePointer<S>, weight: S, _ activation: any Activation,
    into x: UnsafeMutablePointer<S>, count: Int)

  /// `u <- u + factor s`, `s` the smallest subgradient of `S` at `x`.
  func addSubgradient<S: TensorScalar>(
    at x: UnsafePointer<S>, times factor: S, to u: UnsafeMutablePointer<S>, count: Int)
}

extension LayerRegulariser {
  /// Completing the square with the `1/2 ||u||^2` of `Phi` divides everything by `1 + step weight`.
  public func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, weight: S, _ activation: any Activation,
    into out: UnsafeMutablePointer<S>, count: Int
  ) {
    let scale = 1 / (1 + step * weight)
    let (float, double) = (Float(scale), Double(scale))
    elementwise(v, into: out, count: count, { $0 * float }, { $0 * double })
    jointProx(
      of: out, activation, t: step * weight * scale, s: step * scale, into: out, count: count)
  }

  public func activate<S: TensorScalar>(
    _ z: UnsafePointer<S>, weight: S, _ activation: any Activation,
    into x: UnsafeMutablePointer<S>, count: Int
  ) {
    jointProx(of: z, activation, t: 1, s: 1 / weight, into: x, count: count)
  }
}
