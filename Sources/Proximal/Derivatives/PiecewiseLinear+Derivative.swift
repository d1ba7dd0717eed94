import Tensors

extension Identity: DifferentiableSeparableActivation {
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S { 1 }
}

extension ReLU: DifferentiableSeparableActivation {
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S { z > 0 ? 1 : 0 }
}

extension LeakyReLU: DifferentiableSeparableActivation {
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S { z > 0 ? 1 : S(slope) }
}

extension SoftThreshold: DifferentiableSeparableActivation {
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S {
    (z > S(alpha) ? 1 : 0) + (z <= -S(alpha) ? 1 : 0)
  }
}

extension NonnegativeSoftThreshold: DifferentiableSeparableActivation {
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S { z > S(alpha) ? 1 : 0 }
}

extension Clip: DifferentiableSeparableActivation {
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S {
    (z > S(lower) ? 1 : 0) * (z <= S(upper) ? 1 : 0)
  }
}
