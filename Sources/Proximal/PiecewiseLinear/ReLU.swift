import Tensors

/// The rectifier: `Psi` is the indicator of `y >= 0`, `sigma(z) = max(z, 0)`.
///
///     Phi(y) = y^2/2 on y >= 0,   Phi^*(z) = max(z, 0)^2 / 2,   prox_{mu Phi}(v) = max(v, 0)/(1+mu)
///     B(y, z) = 1/2 (y - z_+)^2 + y z_-,   z_+ = max(z, 0),  z_- = max(-z, 0)
public struct ReLU: SeparableActivation {
  /// The activation; it has no parameters.
  public init() {}

  @inlinable public func value<S: TensorScalar>(of y: S) -> S { y >= 0 ? 0 : .infinity }

  @inlinable public func prox<S: TensorScalar>(of v: S, step: S) -> S { max(v, 0) }

  @inlinable public func bregman<S: TensorScalar>(_ y: S, _ z: S) -> S {
    guard y >= 0 else { return .infinity }
    let d = y - max(z, 0)
    return d * d / 2 + y * max(-z, 0)
  }
}
