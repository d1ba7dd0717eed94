import Tensors

/// What is known of an unknown picture or row of numbers before it is measured, as a proximal map.
///
/// That is all that splitting methods need. A ``Regulariser`` also has the function whose map it is; a
/// trained denoiser, ``PlugAndPlay``, has none: with it nothing is minimised, and solvers that compare
/// values must refuse it.
///
/// Batches are matrices with one unknown in each row; rows never mix. Results are the same bits for any
/// number of threads.
public protocol Prior: Sendable {
  /// Refuses rows that it cannot take, such as those that are no pictures of its extents.
  /// - Throws: ``ProximalError``.
  func check(columns: Int) throws(ProximalError)

  /// `u <- argmin_u 1/2 ||u - v||^2 + step J(u)` for each row, `v` the value of `u` before, `step > 0`.
  /// Where there is no closed form it is iterated as long as `memory` says, from what it kept of the last
  /// call.
  func prox<S: TensorScalar>(
    of u: inout Tensor<S>, step: S, _ memory: inout RegulariserMemory<S>, on pool: WorkerPool)
}
