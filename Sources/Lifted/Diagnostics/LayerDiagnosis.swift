import Tensors

/// How each layer stands in the lifted picture, on a probe batch: one mirror sweep from the forward pass
/// at the present nudge, whatever the method that trains.
public struct LayerDiagnosis: Sendable, Equatable, Codable {
  /// The mean over samples of `B(x_l, z_l)` after the sweep; for the head that against the target.
  public let penalty: Double
  /// The root mean square of `x_l - sigma(z_l)` after the sweep; for the head that of `sigma(z_L) - y`.
  public let consistencyGap: Double
  /// The fraction of entries of `sigma(z_l)` that are not zero.
  public let activeFraction: Double

  /// One diagnosis for each layer. Cost: a forward pass and a sweep over the probe.
  public static func ofLayers<S: TensorScalar>(
    of network: Network, at theta: Parameters<S>, _ probe: Batch<S>, beta: Double,
    on pool: WorkerPool
  ) throws(SolverError) -> [LayerDiagnosis] {
    var states = LayerStates<S>(for: network, samples: probe.inputs.rows)
    let loss = states.forwardLoss(probe, network, theta, on: pool)
    let active = states.activeFractions() + [1]
    states.setOutputResidual(against: probe.targets, weight: S(beta), on: pool)
    var penalties = [loss]
    for l in stride(from: network.depth - 1, through: 1, by: -1) {
      let moved = states.mirrorStep(layer: l, network, theta, on: pool)
      let activation = network.layers[l - 1].activation
      penalties.append(
        sumOverRows(moved, states.z[l], on: pool) { activation.bregman($0, $1, count: $2) })
    }
    states.r[network.depth].scale(by: S(1 / beta))
    return zip(zip(penalties.reversed(), states.r.dropFirst()), active).map { pair, active in
      LayerDiagnosis(
        penalty: pair.0 / Double(probe.inputs.rows),
        consistencyGap: (pair.1.squaredNorm / Double(max(pair.1.count, 1))).squareRoot(),
        activeFraction: active)
    }
  }

  /// A diagnosis of given figures.
  public init(penalty: Double, consistencyGap: Double, activeFraction: Double) {
    (self.penalty, self.consistencyGap) = (penalty, consistencyGap)
    self.activeFraction = activeFraction
  }
}

extension LayerStates {
  /// `x' = sigma(z_l - A_{l+1}^* r_{l+1})`, returned, and `r_l <- x_l - x'`.
  fileprivate mutating func mirrorStep(
    layer l: Int, _ network: Network, _ theta: Parameters<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    var moved = Tensor<S>(shape: z[l].shape)
    network.layers[l].stage.adjoint(
      theta.layers[l], of: r[l + 1], into: &moved, on: pool, finish: nil)
    moved.combine(-1, 1, z[l])
    moved = moved.activated(by: network.layers[l - 1].activation, on: pool)
    r[l] = x[l]
    r[l].combine(1, -1, moved)
    return moved
  }
}
