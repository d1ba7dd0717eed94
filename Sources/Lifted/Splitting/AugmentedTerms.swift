import Proximal
import Tensors

/// The terms of ``AugmentedMAC``, one for each layer, and its blocks.
///
///     term_l = rho/2 ||x_l - sigma(z_l) + p_l/rho||^2  for l < L,   term_L = B(y, z_L),
///     z_l = A_l x_{l-1} + b_l
struct AugmentedTerms<S: TensorScalar> {
  private let task: SplitTask

  init(_ task: SplitTask) { self.task = task }

  private func layer(_ l: Int) -> Layer { task.network.layers[l - 1] }

  /// The curvature of the term in `sigma(z_l)`, in `z_L` for the loss.
  private func weight(_ l: Int) -> Double { l == task.network.depth ? 1 : task.rho }

  /// `z_1, …, z_L`, with an empty `z[0]`.
  func preactivations(_ point: SplitPoint<S>, on pool: WorkerPool) -> [Tensor<S>] {
    [Tensor(shape: [0])] + (1...task.network.depth).map { preactivation($0, point, on: pool) }
  }

  private func preactivation(
    _ l: Int, _ point: SplitPoint<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    layer(l).preactivation(point.theta.layers[l - 1], point.x[l - 1], on: pool)
  }

  /// `p_l + rho (x_l - sigma(z_l))`
  private func pull(
    _ l: Int, _ point: SplitPoint<S>, at z: Tensor<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    var pull = z.activated(by: layer(l).activation, on: pool)
    pull.combine(S(-task.rho), S(task.rho), point.x[l])
    pull.combine(1, 1, point.p[l])
    return pull
  }

  /// `term_l` at a pre-activation, summed over the samples.
  func value(_ l: Int, _ point: SplitPoint<S>, at z: Tensor<S>, on pool: WorkerPool) -> Double {
    guard l == task.network.depth else {
      return pull(l, point, at: z, on: pool).squaredNorm / (2 * task.rho)
    }
    return sumOverRows(point.x[l], z, on: pool) {
      layer(l).activation.bregman($0, $1, count: $2)
    }
  }

  /// The gradient of `term_l` in `z_l`: `sigma(z_L) - y` at the output, else
  /// `-sigma'(z_l) (p_l + rho (x_l - sigma(z_l)))`.
  func residual(
    _ l: Int, _ point: SplitPoint<S>, at z: Tensor<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    guard l < task.network.depth else {
      var residual = z.activated(by: layer(l).activation, on: pool)
      residual.combine(1, -1, point.x[l])
      return residual
    }
    guard let activation = layer(l).activation as? any DifferentiableActivation else {
      preconditionFailure("\(type(of: layer(l).activation)) has no derivative")
    }
    var residual = pull(l, point, at: z, on: pool)
    let width = residual.columns
    residual.forEachRow(with: z, on: pool) { activation.pullBack($0, at: $1, count: width) }
    residual.scale(by: -1)
    return residual
  }

  /// The map of layer `l + 1`, with the gradient of its term in the place of a target.
  private func next(
    after l: Int, _ point: SplitPoint<S>, _ z: [Tensor<S>], on pool: WorkerPool
  ) -> AffineTerm<S> {
    AffineTerm(
      stage: layer(l + 1).stage, theta: point.theta.layers[l],
      target: residual(l + 1, point, at: z[l + 1], on: pool), rho: weight(l + 1))
  }

  /// The gradient of all terms in `x_l`.
  private func gradient(
    _ l: Int, _ next: AffineTerm<S>, _ point: SplitPoint<S>, _ z: [Tensor<S>],
    on pool: WorkerPool
  ) -> Tensor<S> {
    var gradient = next.adjoint(of: next.target, on: pool)
    gradient.combine(1, 1, pull(l, point, at: z[l], on: pool))
    return gradient
  }

  /// The largest over all blocks of `||grad_x|| / sqrt(s)`, `rho ||x - sigma(z)|| / sqrt(s)` and
  /// `||theta - prox_{tau R}(theta - tau grad)|| / tau`.
  func stationarity(_ point: SplitPoint<S>, tau: Double, on pool: WorkerPool) -> Double {
    let (z, depth) = (preactivations(point, on: pool), task.network.depth)
    let root = Double(max(point.x[0].rows, 1)).squareRoot()
    return (1...depth).reduce(0) { largest, l in
      var measure = weightStationarity(l, point, at: z[l], tau: tau, on: pool)
      if l < depth {
        let gradient = gradient(l, next(after: l, point, z, on: pool), point, z, on: pool)
        let ascent = distance([pull(l, point, at: z[l], on: pool)], [point.p[l]])
        measure = max(measure, gradient.squaredNorm.squareRoot() / root, ascent / root)
      }
      return max(largest, measure)
    }
  }

  private func weightStationarity(
    _ l: Int, _ point: SplitPoint<S>, at z: Tensor<S>, tau: Double, on pool: WorkerPool
  ) -> Double {
    guard layer(l).isTrainable else { return 0 }
    let (stage, theta) = (layer(l).stage, point.theta.layers[l - 1])
    let gradient = stage.parameterGradient(
      of: residual(l, point, at: z, on: pool), at: point.x[l - 1], scale: S(1 / Double(z.rows)),
      on: pool)
    var moved = combination(1, theta, -tau, gradient)
    task.weightPenalty.shrink(&moved, stage, step: tau)
    task.weightPenalty.project(&moved, stage)
    return distance(theta, moved) / tau
  }

  /// One gradient step of `x_l`, from the length `1/(rho + weight_{l+1} ||A_{l+1}||^2)`, halved until
  /// `term_l + term_{l+1}` falls by half of what the gradient promises. Keeps `z` up to date.
  func stepVariable(
    _ l: Int, _ point: inout SplitPoint<S>, _ z: inout [Tensor<S>], on pool: WorkerPool
  ) {
    let next = next(after: l, point, z, on: pool)
    let gradient = gradient(l, next, point, z, on: pool)
    let before =
      value(l, point, at: z[l], on: pool) + value(l + 1, point, at: z[l + 1], on: pool)
    let (old, square) = (point.x[l], gradient.squaredNorm)
    var step = 1 / (task.rho + next.curvature(on: pool))
    for _ in 0..<Self.mostHalvings {
      point.x[l] = old
      point.x[l].combine(1, S(-step), gradient)
      let moved = preactivation(l + 1, point, on: pool)
      let after =
        value(l, point, at: z[l], on: pool) + value(l + 1, point, at: moved, on: pool)
      if after <= before - step / 2 * square {
        z[l + 1] = moved
        return
      }
      step /= 2
    }
    point.x[l] = old
  }

  /// The implicit step of `theta_l` with the prox of `R`, the move halved until `term_l / s + R` does
  /// not rise. Keeps `z` up to date.
  func stepWeights(
    _ l: Int, tau: Double, _ point: inout SplitPoint<S>, _ z: inout [Tensor<S>],
    on pool: WorkerPool
  ) throws(SolverError) {
    guard layer(l).isTrainable else { return }
    let (stage, tau) = (layer(l).stage, tau * task.stepFactor)
    let old = point.theta.layers[l - 1]
    let before = objective(l, point, at: z[l], on: pool)
    var target = old
    let residual = residual(l, point, at: z[l], on: pool).scaled(by: S(1 / weight(l)))
    try stage.implicitStep(
      &target, residual: residual, at: point.x[l - 1],
      scale: S(weight(l) / Double(residual.rows)), tau: S(tau), relaxation: 1, on: pool)
    task.weightPenalty.shrink(&target, stage, step: tau)
    task.weightPenalty.project(&target, stage)
    for halvings in 0..<Self.mostHalvings {
      let fraction = S(1) / S(1 << halvings)
      for index in old.indices {
        point.theta.layers[l - 1][index] = target[index]
        point.theta.layers[l - 1][index].combine(fraction, 1 - fraction, old[index])
      }
      let moved = preactivation(l, point, on: pool)
      if objective(l, point, at: moved, on: pool) <= before {
        z[l] = moved
        return
      }
    }
    point.theta.layers[l - 1] = old
  }

  private static var mostHalvings: Int { 12 }

  private func objective(
    _ l: Int, _ point: SplitPoint<S>, at z: Tensor<S>, on pool: WorkerPool
  ) -> Double {
    value(l, point, at: z, on: pool) / Double(z.rows)
      + task.weightPenalty.value(of: point.theta.layers[l - 1], layer(l).stage)
  }

  /// `p_l <- p_l + rho (x_l - sigma(z_l))`
  func updateMultiplier(
    _ l: Int, _ point: inout SplitPoint<S>, at z: Tensor<S>, on pool: WorkerPool
  ) {
    point.p[l] = pull(l, point, at: z, on: pool)
  }
}
