import Tensors

/// Ridge regression of residuals on inputs, through the smaller of the two Gram matrices.
///
/// For inputs `X` (samples x features) with a column of ones appended, `Xb = [X 1]`, and residuals
/// `R` (samples x units):
///
///     D = R^T (Xb Xb^T + ridge I)^{-1} Xb = R^T Xb (Xb^T Xb + ridge I)^{-1}
///
/// the minimiser of `<-R, D Xb> + 1/2 ||D Xb||^2 + ridge/2 ||D||^2`. One Cholesky factorisation of order
/// `min(samples, features + 1)`; the inverse is formed, because at the size of a minibatch a product
/// with it is several times faster than two triangular solves.
struct GramSolve<S: TensorScalar> {
  let inputs: Tensor<S>
  let ridge: S

  /// `W <- W - factor D_W`, `b <- b - factor D_b`.
  func subtractSolution(
    for r: Tensor<S>, from theta: inout [Tensor<S>], times factor: S, on pool: WorkerPool
  ) throws(SolverError) {
    if inputs.rows <= inputs.columns + 1 {
      try throughSamples(r, &theta, factor, pool)
    } else {
      try throughFeatures(r, &theta, factor, pool)
    }
  }

  /// `M = (X X^T + 1 1^T + ridge I)^{-1} R`, then `D_W = M^T X`, `D_b = M^T 1`.
  private func throughSamples(
    _ r: Tensor<S>, _ theta: inout [Tensor<S>], _ factor: S, _ pool: WorkerPool
  ) throws(SolverError) {
    let (n, d, units) = (inputs.rows, inputs.columns, r.columns)
    var gram = Tensor<S>(repeating: 1, shape: [n, n])
    inputs.withPointer { x in
      gram.withMutablePointer {
        pool.product(.plain(x), .transposed(x), into: $0, m: n, n: n, k: d, beta: 1)
      }
    }
    try gram.invertPositiveDefinite(adding: ridge, what: "the Gram matrix of a layer's inputs")
    var m = Tensor<S>(shape: [n, units])
    gram.withPointer { g in
      r.withPointer { r in
        m.withMutablePointer { pool.product(.plain(g), .plain(r), into: $0, m: n, n: units, k: n) }
      }
    }
    m.withPointer { m in
      inputs.withPointer { x in
        theta[0].withMutablePointer {
          pool.product(
            .transposed(m), .plain(x), into: $0, m: units, n: d, k: n, alpha: -factor, beta: 1)
        }
      }
      theta[1].withMutablePointer { bias in
        for row in 0..<n { S.combine(1, bias, -factor, m + row * units, into: bias, count: units) }
      }
    }
  }

  /// `D = (R^T Xb) (Xb^T Xb + ridge I)^{-1}`.
  private func throughFeatures(
    _ r: Tensor<S>, _ theta: inout [Tensor<S>], _ factor: S, _ pool: WorkerPool
  ) throws(SolverError) {
    let solution = try NormalEquations(residual: r, input: inputs, on: pool)
      .solution(ridge: ridge, on: pool)
    theta.subtract(extended: solution, times: factor)
  }
}

extension Array {
  /// `[W b] <- [W b] - factor D`, `D` of shape `(units, inputs + 1)`, the offset's part last.
  mutating func subtract<S: TensorScalar>(extended d: Tensor<S>, times factor: S)
  where Element == Tensor<S> {
    let (units, width) = (d.rows, d.columns)
    d.withPointer { d in
      self[0].withMutablePointer { w in
        for unit in 0..<units {
          let row = w + unit * (width - 1)
          S.combine(1, row, -factor, d + unit * width, into: row, count: width - 1)
        }
      }
      self[1].withMutablePointer { bias in
        for unit in 0..<units { bias[unit] -= factor * d[unit * width + width - 1] }
      }
    }
  }
}

extension Tensor {
  /// The matrix with a column of ones appended.
  func appendingOnes() -> Tensor {
    var extended = Tensor(repeating: 1, shape: [rows, columns + 1])
    extended.withMutablePointer { target in
      withPointer { source in
        for row in 0..<rows {
          (target + row * (columns + 1)).update(from: source + row * columns, count: columns)
        }
      }
    }
    return extended
  }

  /// `A <- (A + shift I)^{-1}` for a symmetric matrix, `A + shift I` positive definite.
  mutating func invertPositiveDefinite(adding shift: Scalar, what: String) throws(SolverError) {
    let n = rows
    let succeeded = withMutablePointer { a in
      for i in 0..<n { a[i * n + i] += shift }
      return Scalar.choleskyFactor(a, n: n) == 0 && Scalar.choleskyInverse(a, n: n) == 0
    }
    // Not every LAPACK notices a pivot that is not a number.
    guard succeeded, isFinite else { throw .notPositiveDefinite(what: what) }
  }
}
