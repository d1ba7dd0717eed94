import RealModule
import Tensors

/// The logistic function `1/(1 + e^-z)`, `0 <= y <= 1`.
///
///     Phi(y)   = y log y + (1-y) log(1-y),   Psi(y) = Phi(y) - y^2/2
///     Phi^*(z) = log(1 + e^z)
///     B(y, z)  = KL( Bernoulli(y) || Bernoulli(sigma(z)) )
///
/// With a clamped output, `B` is the logistic loss less the entropy of the label.
/// `prox_{t Psi}` and `prox_{mu Phi}` by root: see ``ActivationDefined``.
public struct Sigmoid: ActivationDefined, MappedActivation {
  /// The activation; it has no parameters.
  public init() {}

  @inlinable public func activation<S: TensorScalar>(_ z: S) -> S {
    let e = S.exp(-abs(z))
    return (z < 0 ? e : 1) / (1 + e)
  }

  public func activate<S: TensorScalar>(
    _ z: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, count: Int
  ) {
    S.map(.logistic, z, into: x, count: count)
  }

  @inlinable public func value<S: TensorScalar>(of y: S) -> S {
    let y = Double(y)
    guard y >= 0 && y <= 1 else { return .infinity }
    return S(xLogX(y) + xLogX(1 - y) - y * y / 2)
  }

  @inlinable public func conjugate<S: TensorScalar>(at z: S) -> S { S(softplus(Double(z))) }

  @inlinable public func bregman<S: TensorScalar>(_ y: S, _ z: S) -> S {
    guard y >= 0 && y <= 1 else { return .infinity }
    let (y, z) = (Double(y), Double(z))
    return S(bernoulliDivergence(y, 1 - y, logit: z))
  }
}
