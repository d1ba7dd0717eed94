import Tensors

/// Takes noise out of pictures or rows of numbers: any method, a trained network above all.
///
/// Batches are matrices with one picture in each row; rows never mix.
public protocol Denoiser: Sendable {
  /// Refuses rows that it cannot take.
  /// - Throws: ``ProximalError``.
  func check(columns: Int) throws(ProximalError)

  /// `u <- D_sigma(u)`: takes out normal noise of standard deviation `sigma > 0`, in the units of `u`.
  func denoise<S: TensorScalar>(_ u: inout Tensor<S>, sigma: S, on pool: WorkerPool)
}
