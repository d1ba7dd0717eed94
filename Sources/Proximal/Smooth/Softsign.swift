import RealModule
import Tensors

/// Softsign (Elliott's function): `sigma(z) = z / (1 + |z|)`, `|y| < 1`.
///
///     Phi(y)   = -|y| - log(1 - |y|),   Psi(y) = Phi(y) - y^2/2
///     Phi^*(z) = |z| - log(1 + |z|)
///
/// `prox_{t Psi}` and `prox_{mu Phi}` by root: see ``ActivationDefined``.
public struct Softsign: ActivationDefined {
  /// The activation; it has no parameters.
  public init() {}

  @inlinable public func activation<S: TensorScalar>(_ z: S) -> S { interior(z / (1 + abs(z))) }

  @inlinable public func interior<S: TensorScalar>(_ y: S) -> S {
    let most = 1 - S.ulpOfOne / 2
    return max(min(y, most), -most)
  }

  @inlinable public func value<S: TensorScalar>(of y: S) -> S {
    guard abs(y) < 1 else { return .infinity }
    let y = abs(Double(y))
    return S(logarithmGap(-y) - y * y / 2)
  }

  @inlinable public func conjugate<S: TensorScalar>(at z: S) -> S {
    S(logarithmGap(abs(Double(z))))
  }
}
