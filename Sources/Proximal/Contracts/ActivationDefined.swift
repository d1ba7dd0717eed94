import Tensors

/// A separable activation given by `sigma` itself; its prox of every step is found from it.
///
/// From `psi'(u) = s - u` at `u = sigma(s)`, both proxes are `sigma(s)` at the root `s` of an
/// increasing scalar equation:
///
///     prox_{t psi}(v)  = sigma(s),   (1 - t) sigma(s) + t s = v
///     prox_{mu phi}(v) = sigma(s),   sigma(s) + mu s = v
///
/// `sigma` is nondecreasing and 1-Lipschitz, so the slopes lie between `min(1, t)` and `max(1, t)`,
/// or `mu` and `1 + mu`: the root is bracketed at once and no derivative of `sigma` is evaluated.
/// The root is computed in `Double`. Cost: about nine evaluations of `sigma`, up to 25 for `t = 100`.
///
/// A conforming type states `activation(_:)` and `value(of:)` for one number.
public protocol ActivationDefined: SeparableActivation {
  /// `y`, moved inside the domain of `psi` if that is open and rounding has put `y` on its boundary.
  func interior<S: TensorScalar>(_ y: S) -> S
}

extension ActivationDefined {
  @inlinable public func interior<S: TensorScalar>(_ y: S) -> S { y }

  @inlinable public func prox<S: TensorScalar>(of v: S, step: S) -> S {
    let t = Double(step)
    return interior(S(activation(preimage(Double(v), 1 - t, t))))
  }

  @inlinable public func proxPhi<S: TensorScalar>(of v: S, step mu: S) -> S {
    interior(S(activation(preimage(Double(v), 1, Double(mu)))))
  }

  /// The derived penalty (I3), evaluated in `Double`: near the graph its terms nearly cancel.
  @inlinable public func bregman<S: TensorScalar>(_ y: S, _ z: S) -> S {
    let (wide, rounded) = (value(of: Double(y)), value(of: y))
    // A bound of the domain, rounded to `S`, may lie just outside in `Double`.
    let psi = wide < .infinity ? wide : Double(rounded)
    let (y, z) = (Double(y), Double(z))
    let x = activation(z)
    let d = y - x
    return S(d * d / 2 - (z - x) * d + (psi - value(of: x)))
  }

  /// The root `s` of `a sigma(s) + b s = v`, `b > 0`, `a + b > 0`.
  @inlinable func preimage(_ v: Double, _ a: Double, _ b: Double) -> Double {
    guard v.isFinite else { return v }
    return increasingRoot(from: v / (a + b), slopes: min(b, a + b)...max(b, a + b)) {
      v - (a * activation($0) + b * $0)
    }
  }
}
