import RealModule
import Tensors

/// The inverse hyperbolic sine.
///
///     Phi(y)   = cosh y - 1,   Psi(y) = Phi(y) - y^2/2
///     Phi^*(z) = z asinh z - sqrt(1 + z^2) + 1
///
/// `prox_{t Psi}` and `prox_{mu Phi}` by root: see ``ActivationDefined``.
public struct Asinh: ActivationDefined, MappedActivation {
  /// The activation; it has no parameters.
  public init() {}

  @inlinable public func activation<S: TensorScalar>(_ z: S) -> S { .asinh(z) }

  public func activate<S: TensorScalar>(
    _ z: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, count: Int
  ) {
    S.map(.asinh, z, into: x, count: count)
  }

  @inlinable public func value<S: TensorScalar>(of y: S) -> S {
    let y = Double(y)
    let sinh = Double.sinh(y / 2)
    return S(2 * sinh * sinh - y * y / 2)
  }

  @inlinable public func conjugate<S: TensorScalar>(at z: S) -> S {
    let z = Double(z)
    return S(z * (.asinh(z) - z / (1 + hypotenuse(z, 1))))
  }
}
