import Proximal
import Tensors

/// `gamma/2 ||x - sigma(z)||^2`, for separable piecewise linear activations.
///
/// The block of `z` is not convex, but it falls apart into numbers, and on each linear piece of
/// `sigma` it is a parabola: the least of their minima is the minimiser. The block of `x` is least
/// squares.
///
/// Source: Zeng, Lau, Lin and Yao, ICML 2019, for the rectifier; Taylor et al., ICML 2016.
struct QuadraticLink: Link {
  /// `gamma > 0`.
  let gamma: Double
  var anchor = 0.0

  func check(_ layer: Layer) throws(SolverError) {
    guard layer.activation is any PiecewiseLinear else {
      throw .unsuitable(
        "the quadratic penalty on x - sigma(z) has a closed form in z for piecewise linear "
          + "activations only, not for \(type(of: layer.activation)); take relu, leakyReLU, "
          + "softThreshold or clip, or the formulation bregmanADMM")
    }
    try refuseRegulariser(of: layer)
  }

  func value<S: TensorScalar>(
    _ x: Tensor<S>, _ z: Tensor<S>, _ layer: Layer, on pool: WorkerPool
  ) -> Double {
    var difference = z.activated(by: layer.activation, on: pool)
    difference.combine(-1, 1, x)
    return gamma / 2 * difference.squaredNorm
  }

  func settle<S: TensorScalar>(
    _ t: inout Tensor<S>, with x: Tensor<S>, rho: Double, _ layer: Layer, on pool: WorkerPool
  ) {
    guard let activation = layer.activation as? any PiecewiseLinear else {
      preconditionFailure("\(type(of: layer.activation)) is not piecewise linear")
    }
    let (float, double) = (
      LinearPieces<Float>(activation, ratio: rho / gamma),
      LinearPieces<Double>(activation, ratio: rho / gamma)
    )
    let width = t.columns
    t.forEachRow(with: x, on: pool) { t, x in
      elementwise(
        x, UnsafePointer(t), into: t, count: width, { float.minimiser($0, $1) },
        { double.minimiser($0, $1) })
    }
  }

  func settle<S: TensorScalar>(
    variable x: inout Tensor<S>, with z: Tensor<S>, _ layer: Layer, _ next: AffineTerm<S>,
    on pool: WorkerPool
  ) throws(SolverError) {
    var pull = z.activated(by: layer.activation, on: pool)
    let weight = gamma + anchor
    if anchor > 0 { pull.combine(S(gamma / weight), S(anchor / weight), x) }
    try next.minimise(&x, pulledTo: pull, weight: weight, on: pool)
  }

  /// Of the length that doubling a small curvature arrives at once the step is one of a majoriser. The
  /// block is quadratic, so its curvature along the gradient says so without a search.
  func step<S: TensorScalar>(
    variable x: inout Tensor<S>, with z: Tensor<S>, _ layer: Layer, _ next: AffineTerm<S>,
    on pool: WorkerPool
  ) -> Double {
    var gradient = next.gradient(at: x, on: pool)
    gradient.combine(1, S(gamma), x)
    gradient.combine(1, S(-gamma), z.activated(by: layer.activation, on: pool))
    let square = gradient.squaredNorm
    guard square > 0 else { return 1 }
    let along = next.image(of: gradient, on: pool).squaredNorm / square
    let step = 1 / doubled(gamma + next.rho * along)
    x.combine(1, S(-step), gradient)
    return step
  }
}

/// The least power of two that is no less.
func doubled(_ curvature: Double) -> Double {
  guard curvature > 0, curvature.isFinite else { return max(curvature, 1) }
  return curvature.significand == 1 ? curvature : curvature.binade * 2
}

/// Refuses a term `S(x)` where the block of `x` is solved as least squares or by gradients.
func refuseRegulariser(of layer: Layer) throws(SolverError) {
  guard layer.regulariser == nil else {
    throw .unsuitable(
      "this formulation has no place for a layer's regulariser; leave out its l1, or take "
        + "the formulation bregmanADMM")
  }
}
