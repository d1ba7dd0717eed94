import Proximal
import Tensors

/// What stands in the energy for the constraint `x_l = sigma_l(z_l)`: a function of the layer's
/// variable `y` and its pre-activation `z`, one row (sample) at a time.
///
///     penalty(y, z) = smooth part, differentiable in y and z  +  G(y), convex with a prox
///
/// A block solver needs nothing else. See ``BregmanPenalty``, ``LiftedPenalty`` and ``MACPenalty``; to
/// write another, conform to this.
public protocol Penalty: Sendable {
  /// A Lipschitz constant of the gradient in `z` that holds everywhere, for step sizes; `nil` if there
  /// is none, and then only a solver that backtracks may move a block.
  var preactivationLipschitz: Double? { get }

  /// Whether the penalty can stand for this layer.
  /// - Throws: ``SolverError`` with the reason if not.
  func check(_ layer: Layer) throws(SolverError)

  /// The penalty of one row.
  func value<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation, count: Int
  ) -> S

  /// `out <- grad_z penalty(y, z)`; `out` may be `z`.
  func gradientInPreactivation<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation,
    into out: UnsafeMutablePointer<S>, count: Int)

  /// `out <- grad_y` of the smooth part, which is affine in `y`; `out` may be `z`.
  func smoothGradientInVariable<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation,
    into out: UnsafeMutablePointer<S>, count: Int)

  /// `out <- argmin_u 1/2 ||u - v||^2 + step (weight G(u) + S(u))`, `S` the layer's regulariser; `out`
  /// may be `v`.
  func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, weight: S, _ activation: any Activation,
    _ regulariser: (any LayerRegulariser)?, into out: UnsafeMutablePointer<S>, count: Int)

  /// `out <- argmin_y weight penalty(y, z) + S(y)`, what a variable without a next layer moves to;
  /// `out` may be `z`. Without a regulariser it is `sigma(z)`.
  func minimiser<S: TensorScalar>(
    at z: UnsafePointer<S>, weight: S, _ activation: any Activation,
    _ regulariser: (any LayerRegulariser)?, into out: UnsafeMutablePointer<S>, count: Int)
}

extension Penalty {
  /// Any layer.
  public func check(_ layer: Layer) throws(SolverError) {}

  /// That of every penalty whose part that depends on `y` is `Phi(y) - <y, z>`.
  public func minimiser<S: TensorScalar>(
    at z: UnsafePointer<S>, weight: S, _ activation: any Activation,
    _ regulariser: (any LayerRegulariser)?, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    if let regulariser {
      regulariser.activate(z, weight: weight, activation, into: out, count: count)
    } else {
      activation.activate(z, into: out, count: count)
    }
  }
}
