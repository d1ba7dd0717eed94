import Tensors

extension LinearOperator {
  /// The spectral norm from below, by power iteration on `A^* A` from a fixed pseudo-random start: to
  /// check a stated ``norm``, not for step sizes. Cost: two applications an iteration.
  public func estimatedNorm(iterations: Int, on pool: WorkerPool) -> Double {
    var stream = RandomStream(seed: 0, .powerIteration)
    var v = Tensor<Double>.normal(shape: input.batch(1), from: &stream)
    var estimate = 0.0
    for _ in 0..<max(iterations, 1) {
      let size = v.squaredNorm.squareRoot()
      guard size > 0 else { return 0 }
      v.scale(by: 1 / size)
      let image = apply(v, on: pool)
      estimate = image.squaredNorm.squareRoot()
      adjoint(of: image, into: &v, on: pool)
    }
    return estimate
  }

  /// An upper bound of the norm of an operator whose matrix has no negative number:
  /// `||A||^2 <= max_p (A^* A v)_p / v_p` for every positive `v`, close after some power iterations.
  func nonnegativeNormBound(iterations: Int, on pool: WorkerPool) -> Double {
    var v = [Double](repeating: 1, count: input.count)
    var bound = Double.infinity
    for _ in 0..<iterations {
      guard let x = try? Tensor(shape: input.batch(1), scalars: v) else { return bound }
      let next = adjoint(of: apply(x, on: pool), on: pool).scalars
      bound = min(bound, zip(next, v).reduce(0) { max($0, $1.0 / $1.1) })
      let largest = next.max() ?? 0
      guard largest > 0 else { return 0 }
      // Pixels that nothing sees keep a positive number.
      v = zip(next, v).map { $0 > largest * 1e-12 ? $0 / largest : max($1, 1e-12) }
    }
    // Rounding of the sums.
    return bound.squareRoot() * (1 + 1e-12)
  }
}
