import Tensors

/// Projection on an interval: `Psi` is the indicator of `lower <= y <= upper`.
///
///     sigma(z) = P(z) = min(max(z, lower), upper)
///     Phi(y)   = y^2/2 on [lower, upper],   Phi^*(z) = P (z - P/2)
///     prox_{t Psi} = P for every t,   prox_{mu Phi}(v) = P(v/(1+mu))
///     B(y, z)  = 1/2 (y - P)^2 + (z - P) (P - y),   both terms >= 0
public struct Clip: SeparableActivation {
  /// The least value of the activation.
  public let lower: Double
  /// The greatest value of the activation, above `lower`.
  public let upper: Double

  /// - Throws: ``ProximalError`` unless both bounds are finite and `lower < upper`.
  public init(lower: Double, upper: Double) throws(ProximalError) {
    try ProximalError.require(lower.isFinite, "Clip", "lower", lower, "a finite number")
    try ProximalError.require(
      upper > lower, "Clip", "upper", upper, "a finite number > lower (\(lower))")
    self.init(unchecked: lower, upper)
  }

  private init(unchecked lower: Double, _ upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// Hard tanh: `[-1, 1]`.
  public static let hardTanh = Clip(unchecked: -1, 1)
  /// ReLU6: `[0, 6]`.
  public static let relu6 = Clip(unchecked: 0, 6)
  /// Hard sigmoid: `[0, 1]`.
  public static let hardSigmoid = Clip(unchecked: 0, 1)

  /// Projection on the dual ball of `nu ||.||_1`: `[-nu, nu]`, the proximal map of unrolled dual
  /// forward-backward networks, the same for every step.
  /// - Throws: ``ProximalError`` unless `nu > 0`.
  public static func dualBall(nu: Double) throws(ProximalError) -> Clip {
    try ProximalError.require(nu > 0, "Clip.dualBall", "nu", nu, "a finite number > 0")
    return Clip(unchecked: -nu, nu)
  }

  @inlinable public func value<S: TensorScalar>(of y: S) -> S {
    y >= S(lower) && y <= S(upper) ? 0 : .infinity
  }

  @inlinable public func prox<S: TensorScalar>(of v: S, step: S) -> S {
    min(max(v, S(lower)), S(upper))
  }

  @inlinable public func conjugate<S: TensorScalar>(at z: S) -> S {
    let x = activation(z)
    return x * (z - x / 2)
  }
}
