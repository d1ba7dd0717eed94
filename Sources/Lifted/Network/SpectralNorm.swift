import Tensors

extension Tensor {
  /// The squared spectral norm `||A||_2^2` of a matrix from below, by power iteration on `A^T A`.
  ///
  /// `vector` (length `columns`) is the starting vector and is left at the last iterate: pass it in
  /// again after a small change of the matrix and two or three iterations suffice. A start of zeros
  /// is replaced by a fixed pseudo-random vector. Cost: `4 rows columns` operations an iteration.
  func squaredSpectralNorm(
    vector: inout Tensor, iterations: Int, on pool: WorkerPool
  ) -> Scalar {
    if !(vector.normalise() > 0) {
      var stream = RandomStream(seed: 0, .powerIteration)
      vector = .normal(shape: [columns], from: &stream)
      _ = vector.normalise()
    }
    var image = Tensor(shape: [rows])
    var estimate: Scalar = 0
    for _ in 0..<max(iterations, 1) {
      withPointer { a in
        vector.withMutablePointer { v in
          image.withMutablePointer { w in
            pool.product(.plain(a), .plain(v), into: w, m: rows, n: 1, k: columns)
            pool.product(.transposed(a), .plain(w), into: v, m: columns, n: 1, k: rows)
          }
        }
      }
      estimate = vector.normalise()
    }
    return estimate
  }

  /// Scales to Euclidean norm 1 and returns the norm there was; leaves zero alone.
  fileprivate mutating func normalise() -> Scalar {
    let norm = squaredNorm.squareRoot()
    if norm > 0, norm.isFinite { scale(by: Scalar(1 / norm)) }
    return Scalar(norm)
  }
}

extension AffineStage {
  /// `||A||^2` from below by power iteration with the stage's own products. Cost: one application and
  /// one adjoint of a single sample an iteration.
  func squaredNormByProducts<S: TensorScalar>(
    _ theta: [Tensor<S>], vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    var v = Tensor(rows: [vector.scalars])
    if !(v.normalise() > 0) {
      var stream = RandomStream(seed: 0, .powerIteration)
      v = .normal(shape: [1, inputs], from: &stream)
      _ = v.normalise()
    }
    var image = Tensor<S>(shape: [1, outputs])
    var estimate: S = 0
    for _ in 0..<max(iterations, 1) {
      apply(theta, to: v, into: &image, on: pool, finish: nil)
      adjoint(theta, of: image, into: &v, on: pool, finish: nil)
      estimate = v.normalise()
    }
    vector = v
    return estimate
  }
}
