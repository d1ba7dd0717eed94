import Proximal
import Tensors

/// `lambda B(x, z)`, for every activation and without its derivative.
///
/// Both blocks are convex. That of `z` is solved by the prox of `Phi` alone (I8):
///
///     z + (lambda/rho) sigma(z) = t + (lambda/rho) x =: w,   z = w - u/r,   u = prox_{r Phi}(r w),
///     r = rho/lambda
///
/// That of `x` is `lambda`-strongly convex: accelerated proximal gradient steps at the strongly convex
/// rate, or least squares where `sigma` is the identity.
struct BregmanLink: Link {
  /// `lambda > 0`.
  let lambda: Double
  /// Proximal gradient steps in the block of `x`.
  let steps: Int
  let anchor = 0.0

  func check(_ layer: Layer) throws(SolverError) {}

  func value<S: TensorScalar>(
    _ x: Tensor<S>, _ z: Tensor<S>, _ layer: Layer, on pool: WorkerPool
  ) -> Double {
    lambda * sumOverRows(x, z, on: pool) { layer.activation.bregman($0, $1, count: $2) }
  }

  func settle<S: TensorScalar>(
    _ t: inout Tensor<S>, with x: Tensor<S>, rho: Double, _ layer: Layer, on pool: WorkerPool
  ) {
    let (ratio, width) = (S(rho / lambda), t.columns)
    t.forEachRow(with: x, on: pool) { t, x in
      withUnsafeTemporaryAllocation(of: S.self, capacity: width) { buffer in
        let u = buffer.baseAddress!
        S.combine(ratio, t, 1, x, into: u, count: width)
        layer.activation.proxPhi(of: u, step: ratio, into: u, count: width)
        // z = w - u/r, written so that w does not swallow t where r is small.
        S.combine(1, x, -1, u, into: u, count: width)
        S.combine(1, t, 1 / ratio, u, into: t, count: width)
      }
    }
  }

  func settle<S: TensorScalar>(
    variable x: inout Tensor<S>, with z: Tensor<S>, _ layer: Layer, _ next: AffineTerm<S>,
    on pool: WorkerPool
  ) throws(SolverError) {
    if layer.activation is Identity, layer.regulariser == nil {
      try next.minimise(&x, pulledTo: z, weight: lambda, on: pool)
    } else {
      accelerate(&x, z, layer, next, on: pool)
    }
  }

  /// `x' = ` ``step(variable:with:_:_:on:)`` of `v`, `v' = x' + theta (x' - x)`,
  /// `theta = (1 - sqrt q)/(1 + sqrt q)`, `q = mu lambda/(1 + mu lambda)`, `mu = 1/(rho ||A||^2)`.
  private func accelerate<S: TensorScalar>(
    _ x: inout Tensor<S>, _ z: Tensor<S>, _ layer: Layer, _ next: AffineTerm<S>,
    on pool: WorkerPool
  ) {
    let step = longestStep(next, on: pool)
    let root = (step * lambda / (1 + step * lambda)).squareRoot()
    let momentum = S((1 - root) / (1 + root))
    var v = x
    for _ in 0..<steps {
      move(&v, z, layer, next, step: step, on: pool)
      // v is x'; the old x becomes the new extrapolated point.
      x.combine(-momentum, 1 + momentum, v)
      swap(&x, &v)
    }
  }

  func step<S: TensorScalar>(
    variable x: inout Tensor<S>, with z: Tensor<S>, _ layer: Layer, _ next: AffineTerm<S>,
    on pool: WorkerPool
  ) -> Double {
    let step = longestStep(next, on: pool)
    move(&x, z, layer, next, step: step, on: pool)
    return step
  }

  /// `v <- prox_{mu (lambda Phi + S)}(v - mu (rho A^* (A v - c) - lambda z))`
  private func move<S: TensorScalar>(
    _ v: inout Tensor<S>, _ z: Tensor<S>, _ layer: Layer, _ next: AffineTerm<S>, step: Double,
    on pool: WorkerPool
  ) {
    let (gradient, width) = (next.gradient(at: v, on: pool), v.columns)
    v.combine(1, S(-step), gradient)
    v.combine(1, S(step * lambda), z)
    v.forEachBand(on: pool) { tile, v in
      for row in tile.rows {
        BregmanPenalty().prox(
          of: v + row * width, step: S(step), weight: S(lambda), layer.activation,
          layer.regulariser, into: v + row * width, count: width)
      }
    }
  }

  /// A next layer of zeros has no curvature: any step will do.
  private func longestStep<S: TensorScalar>(
    _ next: AffineTerm<S>, on pool: WorkerPool
  ) -> Double {
    1 / max(next.curvature(on: pool), 1e-12)
  }
}
