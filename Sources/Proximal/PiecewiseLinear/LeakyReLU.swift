import Tensors

/// The leaky rectifier: `sigma(z) = z` for `z >= 0`, `slope z` for `z < 0`, `0 < slope <= 1`.
///
///     Psi(y)           = 0 (y >= 0),  (1/slope - 1) y^2/2 (y < 0)
///     Phi(y)           = y^2/2 (y >= 0),  y^2/(2 slope) (y < 0)
///     Phi^*(z)         = z sigma(z)/2
///     prox_{t Psi}(v)  = v (v >= 0),  slope v / (slope + t (1 - slope)) (v < 0)
///     prox_{mu Phi}(v) = v/(1+mu) (v >= 0),  slope v / (slope + mu) (v < 0)
public struct LeakyReLU: SeparableActivation {
  /// The slope on `z < 0`, in `(0, 1]`.
  public let slope: Double

  /// - Throws: ``ProximalError`` unless `0 < slope <= 1`: a steeper map is not a proximal map.
  public init(slope: Double = 0.01) throws(ProximalError) {
    try ProximalError.require(slope > 0 && slope <= 1, "LeakyReLU", "slope", slope, "in (0, 1]")
    self.slope = slope
  }

  @inlinable public func value<S: TensorScalar>(of y: S) -> S {
    let negative = min(y, 0)
    return S(1 / slope - 1) * negative * negative / 2
  }

  @inlinable public func prox<S: TensorScalar>(of v: S, step: S) -> S {
    let slope = S(slope)
    return max(v, slope / (slope + step * (1 - slope)) * v)
  }

  @inlinable public func activation<S: TensorScalar>(_ z: S) -> S {
    max(z, S(slope) * z)
  }

  @inlinable public func conjugate<S: TensorScalar>(at z: S) -> S { z * activation(z) / 2 }

  /// A square where `y` and `z` have one sign, a sum of nonnegative terms elsewhere.
  @inlinable public func bregman<S: TensorScalar>(_ y: S, _ z: S) -> S {
    let d = y - activation(z)
    if y >= 0 && z >= 0 { return d * d / 2 }
    if y < 0 && z < 0 { return d * d / (2 * S(slope)) }
    return y * y / 2 + value(of: y) + conjugate(at: z) - y * z
  }
}
