import RealModule
import Tensors

/// The arc tangent, `|y| < pi/2`.
///
///     Phi(y)   = -log cos y,   Psi(y) = Phi(y) - y^2/2
///     Phi^*(z) = z arctan z - 1/2 log(1 + z^2)
///
/// `prox_{t Psi}` and `prox_{mu Phi}` by root: see ``ActivationDefined``.
public struct Arctan: ActivationDefined, MappedActivation {
  /// The activation; it has no parameters.
  public init() {}

  @inlinable public func activation<S: TensorScalar>(_ z: S) -> S { interior(.atan(z)) }

  public func activate<S: TensorScalar>(
    _ z: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, count: Int
  ) {
    S.map(.atan, z, into: x, count: count)
    elementwise(x, into: x, count: count, { interior($0) }, { interior($0) })
  }

  /// `S.pi` is rounded towards zero, so `S.pi / 2` is inside.
  @inlinable public func interior<S: TensorScalar>(_ y: S) -> S {
    max(min(y, S.pi / 2), -S.pi / 2)
  }

  @inlinable public func value<S: TensorScalar>(of y: S) -> S {
    guard abs(y) <= S.pi / 2 else { return .infinity }
    let y = Double(y)
    return S(-.log(.cos(y)) - y * y / 2)
  }

  @inlinable public func conjugate<S: TensorScalar>(at z: S) -> S {
    let z = abs(Double(z))
    let halfLog = z < 1e8 ? .log(onePlus: z * z) / 2 : .log(z)
    return S(z * .atan(z) - halfLog)
  }
}
