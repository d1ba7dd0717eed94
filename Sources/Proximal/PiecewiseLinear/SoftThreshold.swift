import Tensors

/// Soft threshold: `Psi(y) = alpha |y|`, `sigma(z) = sign(z) max(|z| - alpha, 0)`.
///
///     Phi(y) = y^2/2 + alpha |y|,   Phi^*(z) = max(|z| - alpha, 0)^2 / 2
///     prox_{t Psi}(v)  = S_{t alpha}(v),   prox_{mu Phi}(v) = S_{mu alpha}(v)/(1+mu)
///     B(y, z) = 1/2 (y - S)^2 + alpha |y| - y (z - S),   S = S_alpha(z)
public struct SoftThreshold: SeparableActivation {
  /// The threshold, `>= 0`.
  public let alpha: Double

  /// - Throws: ``ProximalError`` unless `alpha >= 0`.
  public init(alpha: Double) throws(ProximalError) {
    try ProximalError.require(alpha >= 0, "SoftThreshold", "alpha", alpha, "a finite number >= 0")
    self.alpha = alpha
  }

  @inlinable public func value<S: TensorScalar>(of y: S) -> S { S(alpha) * abs(y) }

  /// `v` minus its projection on `[-step alpha, step alpha]`.
  @inlinable public func prox<S: TensorScalar>(of v: S, step: S) -> S {
    let threshold = step * S(alpha)
    return v - max(min(v, threshold), -threshold)
  }

  @inlinable public func conjugate<S: TensorScalar>(at z: S) -> S {
    let x = activation(z)
    return x * x / 2
  }

  @inlinable public func bregman<S: TensorScalar>(_ y: S, _ z: S) -> S {
    let alpha = S(alpha)
    let clipped = max(min(z, alpha), -alpha)
    let d = y - (z - clipped)
    return d * d / 2 + (alpha * abs(y) - y * clipped)
  }
}
