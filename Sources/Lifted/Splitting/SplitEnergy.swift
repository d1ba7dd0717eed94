import Proximal
import Tensors

/// The augmented Lagrangian of the splittings with pre-activations, and its blocks.
///
///     1/s sum_i [ B(y, z_L) + sum_{l<L} (link(x_l, z_l) + S_l(x_l))
///       + sum_l rho/2 ||z_l - A_l x_{l-1} - b_l + p_l/rho||^2 - 1/(2 rho) ||p_l||^2 ] + R(theta)
///
/// Layers without a multiplier have `p_l = 0`.
struct SplitEnergy {
  let task: SplitTask
  let link: any Link

  var network: Network { task.network }
  var rho: Double { task.rho }

  func layer(_ l: Int) -> Layer { network.layers[l - 1] }

  /// What ties the target to `z_L`: the loss.
  var loss: BregmanLink { BregmanLink(lambda: 1, steps: 0) }

  func value<S: TensorScalar>(at point: SplitPoint<S>, on pool: WorkerPool) -> Double {
    let depth = network.depth
    var (sum, penalty) = (0.0, 0.0)
    for l in 1...depth {
      let link: any Link = l == depth ? loss : self.link
      sum += link.value(point.x[l], point.z[l], layer(l), on: pool)
      if l < depth, let regulariser = layer(l).regulariser {
        sum += sumOverRows(point.x[l], point.x[l], on: pool) { x, _, count in
          regulariser.value(of: x, count: count)
        }
      }
      let miss = residual(l, point.theta.layers[l - 1], point, on: pool)
      sum += rho / 2 * miss.squaredNorm - point.p[l].squaredNorm / (2 * rho)
      penalty += task.weightPenalty.value(of: point.theta.layers[l - 1], layer(l).stage)
    }
    return sum / Double(point.x[0].rows) + penalty
  }

  /// `z_l + p_l/rho`, what `A_l x_{l-1} + b_l` should be.
  func required<S: TensorScalar>(_ l: Int, _ point: SplitPoint<S>) -> Tensor<S> {
    var target = point.z[l]
    if point.p[l].count > 0 { target.combine(1, S(1 / rho), point.p[l]) }
    return target
  }

  /// `A x_{l-1} + b - z_l - p_l/rho`
  func residual<S: TensorScalar>(
    _ l: Int, _ theta: [Tensor<S>], _ point: SplitPoint<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    var residual = layer(l).preactivation(theta, point.x[l - 1], on: pool)
    residual.combine(1, -1, required(l, point))
    return residual
  }
}
