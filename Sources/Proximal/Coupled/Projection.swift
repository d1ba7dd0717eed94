import Tensors

extension Activation {
  /// `Phi^*(z) = sum x_i (z_i - x_i/2)`, `x = sigma(z)`: where `Psi` is an indicator, no term is lost
  /// in the difference of two large ones.
  func conjugateOfProjection<S: TensorScalar>(at z: UnsafePointer<S>, count: Int) -> S {
    withUnsafeTemporaryAllocation(of: S.self, capacity: count) { buffer in
      guard let x = buffer.baseAddress else { return 0 }
      activate(z, into: x, count: count)
      return total(count, UnsafePointer(x), z, { $0 * ($1 - $0 / 2) }, { $0 * ($1 - $0 / 2) })
    }
  }
}
