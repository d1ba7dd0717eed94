import Tensors

/// The identity: `Psi = 0`, `sigma(z) = z`, a linear layer.
///
///     Phi(y) = y^2/2,   Phi^*(z) = z^2/2,   prox_{mu Phi}(v) = v/(1+mu),   B(y, z) = 1/2 (y - z)^2
public struct Identity: SeparableActivation {
  /// The activation; it has no parameters.
  public init() {}

  @inlinable public func value<S: TensorScalar>(of y: S) -> S { 0 }

  @inlinable public func prox<S: TensorScalar>(of v: S, step: S) -> S { v }
}
