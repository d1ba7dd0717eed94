import Tensors

/// The Gram pair of a dense layer and a batch, sums over its samples:
///
///     gram = X^T X,   cross = R^T X,   X = [inputs 1]
///
/// All that ridge regression of residuals `R` on inputs needs to know of them, so that parts of a batch can
/// be worked on apart and added up. Cost: `2 samples (inputs + 1)(inputs + 1 + units)` operations.
public struct NormalEquations<S: TensorScalar>: Sendable, Equatable {
  /// `X^T X`, `(inputs + 1) x (inputs + 1)`.
  public var gram: Tensor<S>
  /// `R^T X`, `units x (inputs + 1)`.
  public var cross: Tensor<S>

  /// The sums given.
  package init(gram: Tensor<S>, cross: Tensor<S>) { (self.gram, self.cross) = (gram, cross) }

  /// The sums over the rows of residuals and inputs.
  package init(residual r: Tensor<S>, input x: Tensor<S>, on pool: WorkerPool) {
    let extended = x.appendingOnes()
    let (n, d, units) = (x.rows, x.columns + 1, r.columns)
    gram = Tensor(shape: [d, d])
    cross = Tensor(shape: [units, d])
    extended.withPointer { x in
      gram.withMutablePointer {
        pool.product(.transposed(x), .plain(x), into: $0, m: d, n: d, k: n)
      }
      r.withPointer { r in
        cross.withMutablePointer {
          pool.product(.transposed(r), .plain(x), into: $0, m: units, n: d, k: n)
        }
      }
    }
  }

  /// `D = factor R^T X (X^T X + ridge I)^{-1}`, the minimiser of
  /// `<-factor R, D X> + 1/2 ||D X||^2 + ridge/2 ||D||^2`. Cost: one Cholesky factorisation.
  /// - Throws: ``SolverError/notPositiveDefinite(what:)``.
  func solution(
    ridge: S, times factor: S = 1, on pool: WorkerPool
  ) throws(SolverError) -> Tensor<S> {
    var inverse = gram
    try inverse.invertPositiveDefinite(adding: ridge, what: "the Gram matrix of a layer's inputs")
    return cross.multiplied(by: inverse, times: factor, on: pool)
  }
}

extension Tensor {
  /// `factor self B`, `B` square.
  func multiplied(by b: Tensor, times factor: Scalar, on pool: WorkerPool) -> Tensor {
    var product = Tensor(shape: shape)
    let (m, n) = (rows, columns)
    withPointer { a in
      b.withPointer { b in
        product.withMutablePointer {
          pool.product(.plain(a), .plain(b), into: $0, m: m, n: n, k: n, alpha: factor)
        }
      }
    }
    return product
  }
}
