import Tensors

/// The term `rho/2 ||A x - c||^2` that the next layer puts on a variable.
struct AffineTerm<S: TensorScalar> {
  let stage: any AffineStage
  let theta: [Tensor<S>]
  /// `c`, samples x outputs.
  let target: Tensor<S>
  let rho: Double

  /// `A x`.
  func image(of x: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
    var image = Tensor<S>(shape: [x.rows, stage.outputs])
    stage.apply(theta, to: x, into: &image, on: pool, finish: nil)
    return image
  }

  /// `A^* r`.
  func adjoint(of r: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
    var result = Tensor<S>(shape: [r.rows, stage.inputs])
    stage.adjoint(theta, of: r, into: &result, on: pool, finish: nil)
    return result
  }

  /// `rho A^* (A x - c)`. Cost: two products.
  func gradient(at x: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
    var residual = image(of: x, on: pool)
    residual.combine(S(rho), S(-rho), target)
    return adjoint(of: residual, on: pool)
  }

  /// `rho ||A||^2` with a margin, since power iteration comes from below.
  func curvature(on pool: WorkerPool) -> Double {
    var vector = Tensor<S>(shape: [stage.inputs])
    let square = stage.squaredNorm(theta, vector: &vector, iterations: 20, on: pool)
    return 1.05 * rho * Double(square)
  }

  /// `x <- argmin_x rho/2 ||A x - c||^2 + weight/2 ||x - pull||^2`: by a Cholesky factorisation for a
  /// ``Dense`` stage, by conjugate gradients from the present `x` for any other.
  func minimise(
    _ x: inout Tensor<S>, pulledTo pull: Tensor<S>, weight: Double, on pool: WorkerPool
  ) throws(SolverError) {
    var right = adjoint(of: target, on: pool)
    right.combine(S(rho), S(weight), pull)
    if stage is Dense {
      x = try solved(right, weight: weight, on: pool)
    } else {
      conjugateGradients(&x, right, weight: weight, on: pool)
    }
  }

  /// `(rho W^T W + weight I)^{-1}` applied to each row.
  private func solved(
    _ right: Tensor<S>, weight: Double, on pool: WorkerPool
  ) throws(SolverError) -> Tensor<S> {
    let (n, units) = (stage.inputs, stage.outputs)
    var gram = Tensor<S>(shape: [n, n])
    theta[0].withPointer { w in
      gram.withMutablePointer {
        pool.product(
          .transposed(w), .plain(w), into: $0, m: n, n: n, k: units, alpha: S(rho))
      }
    }
    try gram.invertPositiveDefinite(adding: S(weight), what: "the Gram matrix of a layer's weights")
    var x = Tensor<S>(shape: right.shape)
    gram.withPointer { inverse in
      right.withPointer { right in
        let rows = x.rows
        x.withMutablePointer {
          pool.product(.plain(right), .plain(inverse), into: $0, m: rows, n: n, k: n)
        }
      }
    }
    return x
  }

  /// All rows as one system; its condition is that of one row.
  private func conjugateGradients(
    _ x: inout Tensor<S>, _ right: Tensor<S>, weight: Double, on pool: WorkerPool
  ) {
    var residual = right
    residual.combine(1, -1, normal(x, weight, pool))
    var direction = residual
    var square = residual.squaredNorm
    let enough = right.squaredNorm * Self.tolerance * Self.tolerance
    for _ in 0..<Self.mostIterations where square > enough {
      let image = normal(direction, weight, pool)
      let step = S(square / direction.dot(image))
      x.combine(1, step, direction)
      residual.combine(1, -step, image)
      let next = residual.squaredNorm
      direction.combine(S(next / square), 1, residual)
      square = next
    }
  }

  private static var tolerance: Double { 100 * Double(S.ulpOfOne) }
  private static var mostIterations: Int { 200 }

  /// `(rho A^* A + weight I) v`
  private func normal(_ v: Tensor<S>, _ weight: Double, _ pool: WorkerPool) -> Tensor<S> {
    var result = adjoint(of: image(of: v, on: pool), on: pool)
    result.combine(S(rho), S(weight), v)
    return result
  }
}
