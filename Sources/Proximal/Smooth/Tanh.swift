import RealModule
import Tensors

/// The hyperbolic tangent, `|y| <= 1`.
///
///     Phi(y)   = y artanh y + 1/2 log(1 - y^2)   (log 2 at y = +-1),   Psi(y) = Phi(y) - y^2/2
///     Phi^*(z) = log cosh z
///     B(y, z)  = KL( Bernoulli((1+y)/2) || Bernoulli((1 + tanh z)/2) )
///
/// `prox_{t Psi}` and `prox_{mu Phi}` by root: see ``ActivationDefined``.
public struct Tanh: ActivationDefined, MappedActivation {
  /// The activation; it has no parameters.
  public init() {}

  @inlinable public func activation<S: TensorScalar>(_ z: S) -> S { .tanh(z) }

  public func activate<S: TensorScalar>(
    _ z: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, count: Int
  ) {
    S.map(.tanh, z, into: x, count: count)
  }

  /// `Phi` in the form `1/2 ((1+y) log(1+y) + (1-y) log(1-y))`, finite at `+-1`.
  @inlinable public func value<S: TensorScalar>(of y: S) -> S {
    let y = Double(y)
    guard abs(y) <= 1 else { return .infinity }
    guard abs(y) < 1 else { return S(.log(2) - 0.5) }
    let phi = (1 + y) * .log(onePlus: y) + (1 - y) * .log(onePlus: -y)
    return S((phi - y * y) / 2)
  }

  @inlinable public func conjugate<S: TensorScalar>(at z: S) -> S {
    let z = abs(Double(z))
    if z < 1 {
      let sinh = Double.sinh(z)
      return S(.log(onePlus: sinh * sinh) / 2)
    }
    return S(z + .log(onePlus: .exp(-2 * z)) - .log(2))
  }

  @inlinable public func bregman<S: TensorScalar>(_ y: S, _ z: S) -> S {
    guard abs(y) <= 1 else { return .infinity }
    let (y, z) = (Double(y), Double(z))
    return S(bernoulliDivergence((1 + y) / 2, (1 - y) / 2, logit: 2 * z))
  }
}
