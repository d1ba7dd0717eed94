import Tensors

/// An activation whose derivative is known, for the methods that need one (back-propagation, MAC).
///
/// Kept apart from ``Activation`` so that the lifted methods cannot call it. Every prox is the
/// gradient of a convex function, so its Jacobian is symmetric.
public protocol DifferentiableActivation: Activation {
  /// `u <- sigma'(z)^T u` in place, the Jacobian at `z` applied to a row. At a kink of a separable
  /// function the derivative from the left.
  func pullBack<S: TensorScalar>(
    _ u: UnsafeMutablePointer<S>, at z: UnsafePointer<S>, count: Int)
}
