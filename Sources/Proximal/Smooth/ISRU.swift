import Tensors

/// The inverse square root unit: `sigma(z) = z / sqrt(1 + z^2)`, `|y| <= 1`.
///
///     Phi(y)   = 1 - sqrt(1 - y^2),   Psi(y) = Phi(y) - y^2/2
///     Phi^*(z) = sqrt(1 + z^2) - 1
///     B(y, z)  = w/2 ( (y - sigma(z))^2 + (sqrt(1 - y^2) - 1/w)^2 ),   w = sqrt(1 + z^2)
///
/// `prox_{t Psi}` and `prox_{mu Phi}` by root: see ``ActivationDefined``.
public struct ISRU: ActivationDefined {
  /// The activation; it has no parameters.
  public init() {}

  @inlinable public func activation<S: TensorScalar>(_ z: S) -> S { z / hypotenuse(z, 1) }

  @inlinable public func value<S: TensorScalar>(of y: S) -> S {
    guard abs(y) <= 1 else { return .infinity }
    let y = Double(y)
    let root = ((1 - y) * (1 + y)).squareRoot()
    return S(y * y / (1 + root) - y * y / 2)
  }

  @inlinable public func conjugate<S: TensorScalar>(at z: S) -> S {
    let z = Double(z)
    return S(z * (z / (1 + hypotenuse(z, 1))))
  }

  @inlinable public func bregman<S: TensorScalar>(_ y: S, _ z: S) -> S {
    guard abs(y) <= 1 else { return .infinity }
    let (y, z) = (Double(y), Double(z))
    let w = hypotenuse(z, 1)
    let (d, e) = (y - z / w, ((1 - y) * (1 + y)).squareRoot() - 1 / w)
    return S(w / 2 * (d * d + e * e))
  }
}
