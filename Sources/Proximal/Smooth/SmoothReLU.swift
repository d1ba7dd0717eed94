import RealModule
import Tensors

/// The rectifier smoothed by a log barrier: `sigma(z) = (z + sqrt(z^2 + 4 kappa))/2`, `y > 0`.
///
///     Psi(y)           = -kappa log y
///     Phi^*(z)         = z sigma - sigma^2/2 + kappa log sigma
///     prox_{t Psi}(v)  = (v + sqrt(v^2 + 4 t kappa))/2
///     prox_{mu Phi}(v) = (v + sqrt(v^2 + 4 mu kappa (1+mu))) / (2 (1+mu))
///     B(y, z)          = 1/2 (y - sigma)^2 + kappa (r - log(1 + r)),   r = (y - sigma)/sigma
public struct SmoothReLU: SeparableActivation {
  /// The weight of the barrier, `> 0`; `sigma(0) = sqrt(kappa)`.
  public let kappa: Double

  /// - Throws: ``ProximalError`` unless `kappa > 0`.
  public init(kappa: Double) throws(ProximalError) {
    try ProximalError.require(kappa > 0, "SmoothReLU", "kappa", kappa, "a finite number > 0")
    self.kappa = kappa
  }

  @inlinable public func value<S: TensorScalar>(of y: S) -> S {
    y > 0 ? S(-kappa * .log(Double(y))) : .infinity
  }

  /// For `v < 0` in the form `2 t kappa / (sqrt(v^2 + 4 t kappa) - v)`.
  @inlinable public func prox<S: TensorScalar>(of v: S, step: S) -> S {
    let leg = 2 * max(step * S(kappa), .leastNormalMagnitude).squareRoot()
    let twice = hypotenuse(v, leg) + abs(v)
    return v < 0 ? max(leg * (leg / twice) / 2, .leastNormalMagnitude) : twice / 2
  }

  @inlinable public func conjugate<S: TensorScalar>(at z: S) -> S {
    let z = Double(z)
    let x = prox(of: z, step: 1)
    return S(x * (z - x / 2) + kappa * .log(x))
  }

  @inlinable public func bregman<S: TensorScalar>(_ y: S, _ z: S) -> S {
    guard y > 0 else { return .infinity }
    let x = prox(of: Double(z), step: 1)
    let d = Double(y) - x
    return S(d * d / 2 + kappa * logarithmGap(d / x))
  }
}
