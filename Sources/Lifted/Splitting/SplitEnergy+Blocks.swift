import Proximal
import Tensors

// The blocks of the split energy, each with all others held: pre-activations, hidden variables and
// weights by their minimisers or, for dlADMM, by gradient steps; multipliers by ascent.
extension SplitEnergy {
  /// `z_l <- argmin_z link(x_l, z) + rho/2 ||z - A_l x_{l-1} - b_l + p_l/rho||^2`, the loss in place of
  /// the link at the output, and the link's anchor.
  func updatePreactivation<S: TensorScalar>(
    _ l: Int, _ point: inout SplitPoint<S>, on pool: WorkerPool
  ) {
    var z = layer(l).preactivation(point.theta.layers[l - 1], point.x[l - 1], on: pool)
    if point.p[l].count > 0 { z.combine(1, S(-1 / rho), point.p[l]) }
    let (link, weight): (any Link, Double) = (
      l == network.depth ? loss : self.link, rho + self.link.anchor
    )
    if weight > rho { z.combine(S(rho / weight), S(1 - rho / weight), point.z[l]) }
    link.settle(&z, with: point.x[l], rho: weight, layer(l), on: pool)
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

  /// One proximal gradient step in the block of `x_l`; returns its length.
  @discardableResult func stepVariable<S: TensorScalar>(
    _ l: Int, _ point: inout SplitPoint<S>, on pool: WorkerPool
  ) -> Double {
    let next = next(after: l, point, pool)
    var x = detach(&point.x[l])
    defer { point.x[l] = x }
    return link.step(variable: &x, with: point.z[l], layer(l), next, on: pool)
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

  /// One gradient step in the block of `theta_l`, of the same length rule as the step of a
  /// ``QuadraticLink``, then the prox of `R`; returns its length.
  @discardableResult func stepWeights<S: TensorScalar>(
    _ l: Int, _ point: inout SplitPoint<S>, on pool: WorkerPool
  ) -> Double {
    guard layer(l).isTrainable else { return 1 }
    let (layer, x) = (layer(l), point.x[l - 1])
    let scale = rho / Double(x.rows)
    let gradient = layer.stage.parameterGradient(
      of: residual(l, point.theta.layers[l - 1], point, on: pool), at: x, scale: S(scale), on: pool)
    let square = gradient.reduce(0) { $0 + $1.squaredNorm }
    guard square > 0 else { return 1 }
    let along = layer.preactivation(gradient, x, on: pool).squaredNorm / square
    let step = 1 / doubled(scale * along)
    for index in gradient.indices {
      point.theta.layers[l - 1][index].combine(1, S(-step), gradient[index])
    }
    task.weightPenalty.shrink(&point.theta.layers[l - 1], layer.stage, step: step)
    task.weightPenalty.project(&point.theta.layers[l - 1], layer.stage)
    return step
  }

  /// `p_l <- p_l + rho (z_l - A_l x_{l-1} - b_l)`
  func updateMultiplier<S: TensorScalar>(
    _ l: Int, _ point: inout SplitPoint<S>, on pool: WorkerPool
  ) {
    var p = residual(l, point.theta.layers[l - 1], point, on: pool)
    p.scale(by: S(-rho))
    point.p[l] = p
  }
}

extension SplitEnergy {
  /// The largest over all blocks of
  ///
  ///     theta_l   L ||theta - prox_{R/L}(theta - grad/L)||
  ///     x_l       L ||x - prox_{G/L}(x - grad H/L)|| / sqrt(s)
  ///     z_l       r ||z - argmin_z|| / sqrt(s),   r = rho + alpha
  ///     p_l       rho ||z - A x - b|| / sqrt(s)
  func stationarity<S: TensorScalar>(at point: SplitPoint<S>, on pool: WorkerPool) -> Double {
    let root = Double(max(point.x[0].rows, 1)).squareRoot()
    return (1...network.depth).reduce(0) { largest, l in
      var moved = point
      updatePreactivation(l, &moved, on: pool)
      var measures = [(rho + link.anchor) * distance([moved.z[l]], [point.z[l]]) / root]
      moved.z[l] = point.z[l]
      if point.p[l].count > 0 {
        updateMultiplier(l, &moved, on: pool)
        measures.append(distance([moved.p[l]], [point.p[l]]) / root)
        moved.p[l] = point.p[l]
      }
      if l < network.depth {
        let step = stepVariable(l, &moved, on: pool)
        measures.append(distance([moved.x[l]], [point.x[l]]) / step / root)
      }
      let step = stepWeights(l, &moved, on: pool)
      measures.append(distance(moved.theta.layers[l - 1], point.theta.layers[l - 1]) / step)
      return max(largest, measures.max() ?? 0)
    }
  }
}
