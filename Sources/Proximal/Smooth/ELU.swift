import RealModule
import Tensors

/// The exponential linear unit: `sigma(z) = z` (`z >= 0`), `alpha (e^z - 1)` (`z < 0`), with
/// `0 < alpha <= 1`; `y >= -alpha`.
///
///     Psi(y)   = 0 (y >= 0),  (alpha + y) log(1 + y/alpha) - y - y^2/2 (-alpha <= y < 0)
///     Phi^*(z) = z^2/2 (z >= 0),  alpha (e^z - 1 - z) (z < 0)
///
/// `prox_{t Psi}` and `prox_{mu Phi}` by root: see ``ActivationDefined``.
public struct ELU: ActivationDefined, MappedActivation {
  /// Minus the limit at `-infinity`, in `(0, 1]`.
  public let alpha: Double

  /// - Throws: ``ProximalError`` unless `0 < alpha <= 1`: beyond 1 the map is not 1-Lipschitz.
  public init(alpha: Double = 1) throws(ProximalError) {
    try ProximalError.require(alpha > 0 && alpha <= 1, "ELU", "alpha", alpha, "in (0, 1]")
    self.alpha = alpha
  }

  @inlinable public func activation<S: TensorScalar>(_ z: S) -> S {
    z < 0 ? max(S(alpha) * .expMinusOne(z), -S(alpha)) : z
  }

  public func activate<S: TensorScalar>(
    _ z: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, count: Int
  ) {
    forEachPiece(of: count) { start, count, exponential in
      let z = z + start
      elementwise(z, into: exponential, count: count, { min($0, 0) }, { min($0, 0) })
      S.map(.expm1, exponential, into: exponential, count: count)
      let (float, double) = (Float(alpha), alpha)
      elementwise(
        z, exponential, into: x + start, count: count, { max($0, 0) + float * $1 },
        { max($0, 0) + double * $1 })
    }
  }

  @inlinable public func value<S: TensorScalar>(of y: S) -> S {
    guard y < 0 else { return y >= 0 ? 0 : .nan }
    guard y >= -S(alpha) else { return .infinity }
    let y = max(Double(y), -alpha)
    let r = y / alpha
    guard r > -1 else { return S(alpha - alpha * alpha / 2) }
    // (1 + r) log(1 + r) - r
    return S(alpha * (r * r - (1 + r) * logarithmGap(r)) - y * y / 2)
  }

  @inlinable public func conjugate<S: TensorScalar>(at z: S) -> S {
    guard z < 0 else { return z * z / 2 }
    return S(alpha * exponentialGap(Double(z)))
  }
}
