import RealModule
import Tensors

/// A proper, convex, lower semicontinuous function `Psi` whose proximal map is an activation.
///
///     prox_{t Psi}(v) = argmin_u  1/2 ||u - v||^2 + t Psi(u)
///     sigma(z)        = prox_Psi(z)                                 the activation
///     M_Psi(z)        = min_u 1/2 ||u - z||^2 + Psi(u)              Moreau envelope
///     Phi             = 1/2 ||.||^2 + Psi                           (1-strongly convex)
///     Phi^*(z)        = 1/2 ||z||^2 - M_Psi(z),  grad Phi^* = sigma
///     B_Psi(y, z)     = Phi(y) + Phi^*(z) - <y, z>  >=  1/2 ||y - sigma(z)||^2  >= 0
///
/// A conforming type states `Psi` and its prox; all else is derived, and any of it may be overridden
/// by a closed form (tests hold every override to the derived one). Nothing here is a derivative of
/// the activation: `grad_z B = sigma(z) - y`.
///
/// Every function acts on one row of `count` numbers. Separable functions, which act on each number
/// by itself, conform to ``SeparableActivation`` instead and are written for one number.
///
/// Source: Wang and Benning, "Lifted Bregman training of neural networks", JMLR 24(232), 2023;
/// Combettes and Pesquet, "Deep neural network structures solving variational inequalities", 2020.
public protocol Activation: Sendable {
  /// Which numbers of a row depend on one another.
  var coupling: Coupling { get }

  /// `Psi(y)`; `+infinity` outside the domain.
  func value<S: TensorScalar>(of y: UnsafePointer<S>, count: Int) -> S

  /// `out <- prox_{step Psi}(v)`, `step > 0`; `out` may be `v`.
  func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, into out: UnsafeMutablePointer<S>, count: Int)

  /// `x <- sigma(z) = prox_Psi(z)`; `x` may be `z`.
  func activate<S: TensorScalar>(
    _ z: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, count: Int)

  /// `M_Psi(z)`, the Moreau envelope.
  func envelope<S: TensorScalar>(at z: UnsafePointer<S>, count: Int) -> S

  /// `Phi^*(z) = 1/2 ||z||^2 - M_Psi(z)`.
  func conjugate<S: TensorScalar>(at z: UnsafePointer<S>, count: Int) -> S

  /// `B_Psi(y, z)`, the Bregman (Fenchel-Young) penalty; `+infinity` if `y` is outside the domain.
  func bregman<S: TensorScalar>(_ y: UnsafePointer<S>, _ z: UnsafePointer<S>, count: Int) -> S

  /// `out <- prox_{mu Phi}(v) = prox_{mu/(1+mu) Psi}(v / (1+mu))`, `mu > 0`; `out` may be `v`.
  func proxPhi<S: TensorScalar>(
    of v: UnsafePointer<S>, step mu: S, into out: UnsafeMutablePointer<S>, count: Int)

  /// `z <- z + bias`, `x <- sigma(z)`: a stage's last step, one pass over a row. `x` may be `z`.
  func activate<S: TensorScalar>(
    _ z: UnsafeMutablePointer<S>, adding bias: UnsafePointer<S>, into x: UnsafeMutablePointer<S>,
    count: Int)

  /// `u <- sigma(z + u/2) - sigma(z - u/2)`: the residual of the centred contrast.
  func centredDifference<S: TensorScalar>(
    at z: UnsafePointer<S>, along u: UnsafeMutablePointer<S>, count: Int)

  /// `u <- sigma(z) - sigma(z - u)`: the residual of the mirror (pre-activation) step.
  func mirrorResidual<S: TensorScalar>(
    at z: UnsafePointer<S>, along u: UnsafeMutablePointer<S>, count: Int)
}

extension Activation {
  public func activate<S: TensorScalar>(
    _ z: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, count: Int
  ) {
    prox(of: z, step: 1, into: x, count: count)
  }

  public func envelope<S: TensorScalar>(at z: UnsafePointer<S>, count: Int) -> S {
    withUnsafeTemporaryAllocation(of: S.self, capacity: count) { buffer in
      guard let u = buffer.baseAddress else { return 0 }
      activate(z, into: u, count: count)
      let square: S = total(
        count, u, z, { ($0 - $1) * ($0 - $1) }, { ($0 - $1) * ($0 - $1) })
      return square / 2 + value(of: u, count: count)
    }
  }

  public func conjugate<S: TensorScalar>(at z: UnsafePointer<S>, count: Int) -> S {
    let square: S = total(count, z, z, { $0 * $1 }, { $0 * $1 })
    return square / 2 - envelope(at: z, count: count)
  }

  /// By (I3), `1/2 ||y - sigma||^2 + Psi(y) - Psi(sigma) - <z - sigma, y - sigma>`: the terms that
  /// would cancel in the definition are gone.
  public func bregman<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, count: Int
  ) -> S {
    withUnsafeTemporaryAllocation(of: S.self, capacity: 2 * count) { buffer in
      guard let x = buffer.baseAddress else { return 0 }
      let d = x + count
      activate(z, into: x, count: count)
      let difference = value(of: y, count: count) - value(of: x, count: count)
      elementwise(y, x, into: d, count: count, { $0 - $1 }, { $0 - $1 })
      elementwise(z, x, into: x, count: count, { $0 - $1 }, { $0 - $1 })
      return difference
        + total(count, x, d, { ($1 / 2 - $0) * $1 }, { ($1 / 2 - $0) * $1 })
    }
  }

  public func proxPhi<S: TensorScalar>(
    of v: UnsafePointer<S>, step mu: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    let (float, double) = (Float(1 + mu), Double(1 + mu))
    elementwise(v, into: out, count: count, { $0 / float }, { $0 / double })
    prox(of: out, step: mu / (1 + mu), into: out, count: count)
  }
}
