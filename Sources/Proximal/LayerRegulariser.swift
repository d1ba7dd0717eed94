import Tensors

/// A convex term `S(x)` on a layer's variable, such as `alpha ||x||_1` for a sparse code.
///
/// In the block solvers it joins the prox of the penalty; the one-sweep signals linearise it at the
/// forward state.
public protocol LayerRegulariser: Sendable {
  /// How numbers of a row depend on one another.
  var coupling: Coupling { get }

  /// `S(x)` of one row.
  func value<S: TensorScalar>(of x: UnsafePointer<S>, count: Int) -> S

  /// `out <- argmin_u 1/2 ||u - v||^2 + step (weight Phi(u) + S(u))`, `Phi` of the activation;
  /// `out` may be `v`.
  func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, weight: S, _ activation: any Activation,
    into out: UnsafeMutablePointer<S>, count: Int)

  /// `u <- u + factor s`, `s` the smallest subgradient of `S` at `x`.
  func addSubgradient<S: TensorScalar>(
    at x: UnsafePointer<S>, times factor: S, to u: UnsafeMutablePointer<S>, count: Int)
}
