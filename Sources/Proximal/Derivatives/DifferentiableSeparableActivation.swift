import Tensors

/// A separable activation with a derivative for one number.
///
/// Everything in this folder serves back-propagation and MAC alone: the lifted methods see
/// ``Activation``, which has no derivative.
public protocol DifferentiableSeparableActivation: SeparableActivation, DifferentiableActivation {
  /// `sigma'(z)`, in `[0, 1]`; at a kink the derivative from the left.
  func derivative<S: TensorScalar>(at z: S) -> S
}

extension DifferentiableSeparableActivation {
  @inlinable @inline(__always)
  public func pullBack<S: TensorScalar>(
    _ u: UnsafeMutablePointer<S>, at z: UnsafePointer<S>, count: Int
  ) {
    elementwise(
      u, z, into: u, count: count, { $0 * derivative(at: $1) }, { $0 * derivative(at: $1) })
  }
}
