import RealModule
import Tensors

/// Softplus: `sigma(z) = log(1 + e^z)`, `y >= 0`.
///
///     Psi(y)   = Li2(e^-y) - pi^2/6,   Phi(y) = y^2/2 + Psi(y)
///     Phi^*(z) = -Li2(-e^z)            (z > 0: pi^2/6 + z^2/2 + Li2(-e^-z))
///
/// `prox_{t Psi}` and `prox_{mu Phi}` by root: see ``ActivationDefined``.
public struct Softplus: ActivationDefined, MappedActivation {
  /// The activation; it has no parameters.
  public init() {}

  @inlinable public func activation<S: TensorScalar>(_ z: S) -> S {
    max(z, 0) + .log(onePlus: .exp(-abs(z)))
  }

  public func activate<S: TensorScalar>(
    _ z: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, count: Int
  ) {
    S.map(.softplus, z, into: x, count: count)
  }

  /// Below `log 2` by the reflection `y log(1 - e^-y) - Li2(1 - e^-y)`, which is exact near 0.
  @inlinable public func value<S: TensorScalar>(of y: S) -> S {
    let y = Double(y)
    guard y > 0 else { return y == 0 ? 0 : .infinity }
    guard y < .log(2) else { return S(dilogarithm(.exp(-y)) - Double.pi * .pi / 6) }
    let complement = -Double.expMinusOne(-y)
    return S(y * .log(complement) - dilogarithm(complement))
  }

  @inlinable public func conjugate<S: TensorScalar>(at z: S) -> S {
    let z = Double(z)
    let li2 = dilogarithm(-.exp(-abs(z)))
    return S(z <= 0 ? -li2 : Double.pi * .pi / 6 + z * z / 2 + li2)
  }
}
