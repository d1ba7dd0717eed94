import CFourier
import Tensors

/// A one-dimensional discrete Fourier transform of a fixed length, without a factor: the seam to the
/// library underneath.
final class FourierPlan<S: TensorScalar>: @unchecked Sendable {
  /// Immutable once made; `ft_plan_f32` or `ft_plan_f64` as `S` says.
  private let plan: OpaquePointer

  init(length: Int, inverse: Bool) {
    let made =
      S.self == Float.self ? ft_make_f32(length, inverse) : ft_make_f64(length, inverse)
    guard let made else { preconditionFailure("no memory for a transform of length \(length)") }
    plan = made
  }

  deinit {
    if S.self == Float.self { ft_free_f32(plan) } else { ft_free_f64(plan) }
  }

  /// `out <- F x`; pairs of real and imaginary part, `out` not `x`.
  func transform(_ x: UnsafePointer<S>, into out: UnsafeMutablePointer<S>) {
    let (from, to) = (UnsafeRawPointer(x), UnsafeMutableRawPointer(out))
    if S.self == Float.self {
      ft_transform_f32(
        plan, from.assumingMemoryBound(to: Float.self), to.assumingMemoryBound(to: Float.self))
    } else {
      ft_transform_f64(
        plan, from.assumingMemoryBound(to: Double.self), to.assumingMemoryBound(to: Double.self))
    }
  }
}
