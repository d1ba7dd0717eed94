import Tensors

extension Signal {
  /// The cosine of the angle between this signal's gradient and back-propagation's on a batch, 1 for the
  /// same direction; `nil` if an activation has no derivative.
  ///
  /// Cost: two gradients.
  public func cosineToBackPropagation<S: TensorScalar>(
    of network: Network, at theta: Parameters<S>, _ batch: Batch<S>, beta: Double,
    on pool: WorkerPool
  ) -> Double? {
    let mine = try? weightGradient(of: network, at: theta, batch, beta: beta, on: pool)
    let theirs = try? BackPropagation().weightGradient(
      of: network, at: theta, batch, beta: beta, on: pool)
    guard let mine, let theirs else { return nil }
    return mine.cosine(to: theirs)
  }
}
