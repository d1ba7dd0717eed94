import RealModule
import Tensors

/// An ``Activation`` that acts on each number by itself: `Psi(y) = sum_i psi(y_i)`.
///
/// Write `psi` and its prox for one number; activation, envelope, conjugate, Bregman penalty and
/// `prox_{mu Phi}` follow, for one number and for arrays, in `Float` and `Double`. Where the
/// activation is simpler than the prox (tanh, sigmoid), write ``activation(_:)`` and let the prox be
/// found from it: see ``ActivationDefined``.
public protocol SeparableActivation: Activation {
  /// `psi(y)`; `+infinity` outside the domain.
  func value<S: TensorScalar>(of y: S) -> S
  /// `prox_{step psi}(v)`, `step > 0`.
  func prox<S: TensorScalar>(of v: S, step: S) -> S
  /// `sigma(z) = prox_psi(z)`.
  func activation<S: TensorScalar>(_ z: S) -> S
  /// `1/2 (u - z)^2 + psi(u)` at `u = sigma(z)`.
  func envelope<S: TensorScalar>(at z: S) -> S
  /// `phi^*(z) = z^2/2 - M_psi(z)`.
  func conjugate<S: TensorScalar>(at z: S) -> S
  /// `B_psi(y, z)`.
  func bregman<S: TensorScalar>(_ y: S, _ z: S) -> S
  /// `prox_{mu phi}(v)`.
  func proxPhi<S: TensorScalar>(of v: S, step mu: S) -> S
}

extension SeparableActivation {
  public var coupling: Coupling { .separable }

  @inlinable public func activation<S: TensorScalar>(_ z: S) -> S { prox(of: z, step: 1) }

  @inlinable public func envelope<S: TensorScalar>(at z: S) -> S {
    let u = activation(z)
    return (u - z) * (u - z) / 2 + value(of: u)
  }

  @inlinable public func conjugate<S: TensorScalar>(at z: S) -> S {
    z * z / 2 - envelope(at: z)
  }

  @inlinable public func bregman<S: TensorScalar>(_ y: S, _ z: S) -> S {
    let x = activation(z)
    let d = y - x
    return d * d / 2 - (z - x) * d + (value(of: y) - value(of: x))
  }

  @inlinable public func proxPhi<S: TensorScalar>(of v: S, step mu: S) -> S {
    prox(of: v / (1 + mu), step: mu / (1 + mu))
  }
}

// Arrays. The loops are compiled for Float and Double by name, so that a call through
// `any Activation` runs at full speed: `elementwise` picks the loop by the type of the scalar.
extension SeparableActivation {
  @inlinable @inline(__always)
  public func value<S: TensorScalar>(of y: UnsafePointer<S>, count: Int) -> S {
    total(count, y, y, { a, _ in value(of: a) }, { a, _ in value(of: a) })
  }

  @inlinable @inline(__always)
  public func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    let (float, double) = (Float(step), Double(step))
    elementwise(
      v, into: out, count: count, { prox(of: $0, step: float) }, { prox(of: $0, step: double) })
  }

  @inlinable @inline(__always)
  public func activate<S: TensorScalar>(
    _ z: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, count: Int
  ) {
    elementwise(z, into: x, count: count, { activation($0) }, { activation($0) })
  }

  @inlinable @inline(__always)
  public func envelope<S: TensorScalar>(at z: UnsafePointer<S>, count: Int) -> S {
    total(count, z, z, { a, _ in envelope(at: a) }, { a, _ in envelope(at: a) })
  }

  @inlinable @inline(__always)
  public func conjugate<S: TensorScalar>(at z: UnsafePointer<S>, count: Int) -> S {
    total(count, z, z, { a, _ in conjugate(at: a) }, { a, _ in conjugate(at: a) })
  }

  @inlinable @inline(__always)
  public func bregman<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, count: Int
  ) -> S {
    total(count, y, z, { bregman($0, $1) }, { bregman($0, $1) })
  }

  @inlinable @inline(__always)
  public func proxPhi<S: TensorScalar>(
    of v: UnsafePointer<S>, step mu: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    let (float, double) = (Float(mu), Double(mu))
    elementwise(
      v, into: out, count: count, { proxPhi(of: $0, step: float) },
      { proxPhi(of: $0, step: double) })
  }

  @inlinable @inline(__always)
  public func activate<S: TensorScalar>(
    _ z: UnsafeMutablePointer<S>, adding bias: UnsafePointer<S>, into x: UnsafeMutablePointer<S>,
    count: Int
  ) {
    elementwise(
      z, adding: bias, into: x, count: count, { activation($0) }, { activation($0) })
  }

  @inlinable @inline(__always)
  public func centredDifference<S: TensorScalar>(
    at z: UnsafePointer<S>, along u: UnsafeMutablePointer<S>, count: Int
  ) {
    elementwise(
      z, u, into: u, count: count, { activation($0 + $1 / 2) - activation($0 - $1 / 2) },
      { activation($0 + $1 / 2) - activation($0 - $1 / 2) })
  }

  @inlinable @inline(__always)
  public func mirrorResidual<S: TensorScalar>(
    at z: UnsafePointer<S>, along u: UnsafeMutablePointer<S>, count: Int
  ) {
    elementwise(
      z, u, into: u, count: count, { activation($0) - activation($0 - $1) },
      { activation($0) - activation($0 - $1) })
  }
}
