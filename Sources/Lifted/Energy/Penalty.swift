import Proximal
import Tensors

/// What stands in the energy for the constraint `x_l = sigma_l(z_l)`: a function of the layer's
/// variable `y` and its pre-activation `z`, one row (sample) at a time.
///
///     penalty(y, z) = smooth part, differentiable in y and z  +  G(y), convex with a prox
///
/// A block solver needs nothing else. See ``BregmanPenalty``; to write another, conform to this.
public protocol Penalty: Sendable {
  /// The penalty of one row.
  func value<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation, count: Int
  ) -> S

  /// `out <- grad_z penalty(y, z)`; `out` may be `z`. Lipschitz in `z` with constant 1.
  func gradientInPreactivation<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation,
    into out: UnsafeMutablePointer<S>, count: Int)

  /// `out <- grad_y` of the smooth part, which is affine in `y`.
  func smoothGradientInVariable<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation,
    into out: UnsafeMutablePointer<S>, count: Int)

  /// `out <- argmin_u 1/2 ||u - v||^2 + step (weight G(u) + S(u))`, `S` the layer's regulariser.
  func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, weight: S, _ activation: any Activation,
    _ regulariser: (any LayerRegulariser)?, into out: UnsafeMutablePointer<S>, count: Int)
}
