import Tensors

/// A denoiser in place of a proximal map:
///
///     prox_{t J}(v)  replaced by  D_sigma(v),   sigma = strength sqrt(t)
///
/// If pictures had the density `exp(-J)`, the likeliest one under noise of variance `t` would be
/// `prox_{t J}(v)`: hence the root. Which `J` that is remains unknown, and there need not be any. So there is
/// no value: nothing is minimised, stationary points are fixed points of the iteration that uses it, and
/// whether it converges depends on the denoiser; it does if `D_sigma` is a proximal map or averaged.
///
/// Source: Venkatakrishnan, Bouman and Wohlberg, IEEE GlobalSIP 2013.
public struct PlugAndPlay: Prior {
  /// `D`.
  public let denoiser: any Denoiser
  /// `strength`, `> 0`.
  public let strength: Double

  /// - Throws: ``ProximalError`` unless the strength is greater than 0.
  public init(_ denoiser: any Denoiser, strength: Double = 1) throws(ProximalError) {
    try ProximalError.require(
      strength > 0, "PlugAndPlay", "strength", strength, "a finite number greater than 0")
    (self.denoiser, self.strength) = (denoiser, strength)
  }

  public func check(columns: Int) throws(ProximalError) { try denoiser.check(columns: columns) }

  public func prox<S: TensorScalar>(
    of u: inout Tensor<S>, step: S, _ memory: inout RegulariserMemory<S>, on pool: WorkerPool
  ) {
    precondition(step > 0, "a proximal map of step \(step)")
    denoiser.denoise(&u, sigma: S(strength) * step.squareRoot(), on: pool)
  }
}
