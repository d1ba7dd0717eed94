import Proximal
import Tensors

// The blocks of the split energy, each with all others held: pre-activations, hidden variables and
// weights by their minimisers or, for dlADMM, by gradient steps; multipliers by ascent.
extension SplitEnergy {
  /// `z_l <- argmin_z link(x_l, z) + rho/2 ||z - A_l x_{l-1} - b_l + p_l/rho||^2`, the loss in place of
  /// the link at the output.
  func updatePreactivation<S: TensorScalar>(
    _ l: Int, _ point: inout SplitPoint<S>, on pool: WorkerPool
  ) {
    var z = layer(l).preactivation(point.theta.layers[l - 1], point.x[l - 1], on: pool)
    if point.p[l].count > 0 { z.combine(1, S(-1 / rho), point.p[l]) }
    let link: any Link = l == network.depth ? loss : self.link
    link.settle(&z, with: point.x[l], rho: rho, layer(l), on: pool)
    point.z[l] = z
  }

  /// The term of layer `l + 1` in `x_l`.
  private func next<S: TensorScalar>(after l: Int, _ point: SplitPoint<S>, _ pool: WorkerPool)
    -> AffineTerm<S>
  {
    let (stage, theta) = (layer(l + 1).stage, point.theta.layers[l])
    var target = required(l + 1, point)
    if let offset = stage.offset(theta) {
      let width = target.columns
      offset.withPointer { b in
        target.forEachBand(on: pool) { tile, c in
          for row in tile.rows {
            S.combine(1, c + row * width, -1, b, into: c + row * width, count: width)
          }
        }
      }
    }
    return AffineTerm(stage: stage, theta: theta, target: target, rho: rho)
  }

  /// `x_l <- argmin_x link(x, z_l) + S_l(x) + rho/2 ||z_{l+1} - A_{l+1} x - b_{l+1} + p_{l+1}/rho||^2`
  func updateVariable<S: TensorScalar>(
    _ l: Int, _ point: inout SplitPoint<S>, on pool: WorkerPool
  ) throws(SolverError) {
    var x = detach(&point.x[l])
    try link.settle(variable: &x, with: point.z[l], layer(l), next(after: l, point, pool), on: pool)
    point.x[l] = x
  }

  /// One gradient step in the block of `x_l` for a quadratic link of weight `gamma`, of the length that
  /// doubling a small curvature arrives at once the step is one of a majoriser. The block is
  /// quadratic, so its curvature along the gradient says so without a search.
  func stepVariable<S: TensorScalar>(
    _ l: Int, gamma: Double, _ point: inout SplitPoint<S>, on pool: WorkerPool
  ) {
    let next = next(after: l, point, pool)
    var gradient = next.gradient(at: point.x[l], on: pool)
    gradient.combine(1, S(gamma), point.x[l])
    gradient.combine(1, S(-gamma), point.z[l].activated(by: layer(l).activation, on: pool))
    let square = gradient.squaredNorm
    guard square > 0 else { return }
    let along = next.image(of: gradient, on: pool).squaredNorm / square
    point.x[l].combine(1, S(-1 / doubled(gamma + rho * along)), gradient)
  }

  /// `theta_l <- argmin rho/(2s) ||A x_{l-1} + b - z_l - p_l/rho||^2 + R + 1/(2 tau) ||theta - theta_l||^2`
  ///
  /// Anchor and decay together are an anchor `tau' = f tau` at `f W_l`, `f = 1/(1 + tau decay)`; that
  /// of the offsets, which have no decay, is `tau'` as well, a majoriser still.
  func updateWeights<S: TensorScalar>(
    _ l: Int, tau: Double, _ point: inout SplitPoint<S>, on pool: WorkerPool
  ) throws(SolverError) {
    guard layer(l).isTrainable else { return }
    let (stage, tau) = (layer(l).stage, tau * task.stepFactor)
    var theta = point.theta.layers[l - 1]
    task.weightPenalty.shrink(&theta, stage, step: tau)
    let residual = residual(l, theta, point, on: pool)
    let factor = task.weightPenalty.shrinkage(step: tau)
    try stage.implicitStep(
      &theta, residual: residual, at: point.x[l - 1], scale: S(rho / Double(residual.rows)),
      tau: S(factor * tau), relaxation: 1, on: pool)
    task.weightPenalty.project(&theta, stage)
    point.theta.layers[l - 1] = theta
  }

  /// One gradient step in the block of `theta_l`, of the same length rule as
  /// ``stepVariable(_:gamma:_:on:)``, then the prox of `R`.
  func stepWeights<S: TensorScalar>(
    _ l: Int, _ point: inout SplitPoint<S>, on pool: WorkerPool
  ) {
    guard layer(l).isTrainable else { return }
    let (layer, x) = (layer(l), point.x[l - 1])
    let scale = rho / Double(x.rows)
    let gradient = layer.stage.parameterGradient(
      of: residual(l, point.theta.layers[l - 1], point, on: pool), at: x, scale: S(scale), on: pool)
    let square = gradient.reduce(0) { $0 + $1.squaredNorm }
    guard square > 0 else { return }
    let along = layer.preactivation(gradient, x, on: pool).squaredNorm / square
    let step = 1 / doubled(scale * along)
    for index in gradient.indices {
      point.theta.layers[l - 1][index].combine(1, S(-step), gradient[index])
    }
    task.weightPenalty.shrink(&point.theta.layers[l - 1], layer.stage, step: step)
    task.weightPenalty.project(&point.theta.layers[l - 1], layer.stage)
  }

  /// `p_l <- p_l + rho (z_l - A_l x_{l-1} - b_l)`
  func updateMultiplier<S: TensorScalar>(
    _ l: Int, _ point: inout SplitPoint<S>, on pool: WorkerPool
  ) {
    var p = residual(l, point.theta.layers[l - 1], point, on: pool)
    p.scale(by: S(-rho))
    point.p[l] = p
  }

  /// The least power of two that is no less.
  private func doubled(_ curvature: Double) -> Double {
    guard curvature > 0, curvature.isFinite else { return max(curvature, 1) }
    return curvature.significand == 1 ? curvature : curvature.binade * 2
  }
}
