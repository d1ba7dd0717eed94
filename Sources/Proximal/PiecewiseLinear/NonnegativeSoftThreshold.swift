import Tensors

/// The rectifier with an l1 term: `Psi(y) = alpha y` on `y >= 0`, `sigma(z) = max(z - alpha, 0)`.
///
///     Phi(y) = y^2/2 + alpha y on y >= 0,   Phi^*(z) = max(z - alpha, 0)^2 / 2
///     prox_{t Psi}(v) = max(v - t alpha, 0),   prox_{mu Phi}(v) = max(v - mu alpha, 0)/(1+mu)
///     B(y, z) = 1/2 (y - sigma(z))^2 + y max(alpha - z, 0)
public struct NonnegativeSoftThreshold: SeparableActivation {
  /// The threshold, `>= 0`.
  public let alpha: Double

  /// - Throws: ``ProximalError`` unless `alpha >= 0`.
  public init(alpha: Double) throws(ProximalError) {
    try ProximalError.require(
      alpha >= 0, "NonnegativeSoftThreshold", "alpha", alpha, "a finite number >= 0")
    self.alpha = alpha
  }

  @inlinable public func value<S: TensorScalar>(of y: S) -> S {
    y >= 0 ? S(alpha) * y : .infinity
  }

  @inlinable public func prox<S: TensorScalar>(of v: S, step: S) -> S {
    max(v - step * S(alpha), 0)
  }

  @inlinable public func conjugate<S: TensorScalar>(at z: S) -> S {
    let x = activation(z)
    return x * x / 2
  }

  @inlinable public func bregman<S: TensorScalar>(_ y: S, _ z: S) -> S {
    guard y >= 0 else { return .infinity }
    let d = y - activation(z)
    return d * d / 2 + y * max(S(alpha) - z, 0)
  }
}
