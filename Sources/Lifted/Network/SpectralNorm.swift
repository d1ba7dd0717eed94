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
    powerIteration(&vector, count: columns, iterations) { multiplyByNormal(&$0, on: pool) }
  }

  /// `v <- A^T A v`, reading `A` once: bands of rows side by side, added up in order.
  private func multiplyByNormal(_ v: inout Tensor, on pool: WorkerPool) {
    let (rows, columns) = (self.rows, self.columns)
    let bands = max(min(Tiling.pieces(for: 4 * rows * columns), rows), 1)
    var sums = Tensor(shape: [bands, columns])
    withPointer { a in
      v.withMutablePointer { v in
        sums.withMutablePointer { sums in
          pool.forEach(bands) { band in
            let sum = sums + band * columns
            for row in (band * rows / bands)..<((band + 1) * rows / bands) {
              let image = Scalar(Scalar.dot(a + row * columns, v, count: columns))
              Scalar.combine(1, sum, image, a + row * columns, into: sum, count: columns)
            }
          }
          v.update(from: sums, count: columns)
          for band in 1..<bands { Scalar.add(sums + band * columns, to: v, count: columns) }
        }
      }
    }
  }

  /// Scales to Euclidean norm 1 and returns the norm there was; leaves zero alone.
  fileprivate mutating func normalise() -> Scalar {
    let norm = squaredNorm.squareRoot()
    if norm > 0, norm.isFinite { scale(by: Scalar(1 / norm)) }
    return Scalar(norm)
  }
}

/// The greatest eigenvalue of a positive semi-definite map of vectors of `count` numbers, from below.
///
/// Starts at `vector`, which is left at the last iterate; zeros, or a vector of another length, are
/// replaced by a fixed pseudo-random one.
func powerIteration<S: TensorScalar>(
  _ vector: inout Tensor<S>, count: Int, _ iterations: Int, _ map: (inout Tensor<S>) -> Void
) -> S {
  if vector.count != count || !(vector.normalise() > 0) {
    var stream = RandomStream(seed: 0, .powerIteration)
    vector = .normal(shape: [count], from: &stream)
    _ = vector.normalise()
  }
  var estimate: S = 0
  for _ in 0..<max(iterations, 1) {
    map(&vector)
    estimate = vector.normalise()
  }
  return estimate
}
