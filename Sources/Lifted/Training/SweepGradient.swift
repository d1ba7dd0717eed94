import Tensors

// One forward pass and one sweep of a signal, and what they say of the weights.
extension LayerStates {
  /// The loss of a batch, summed over its samples, and the gradient of each block of parameters that is
  /// trained; none for the others. `scale` multiplies the gradient: `1 / (samples beta)` for the mean.
  package mutating func gradient(
    of batch: Batch<S>, by signal: any Signal, _ network: Network, at theta: Parameters<S>,
    nudge: Double, scale: S, on pool: WorkerPool
  ) throws(SolverError) -> (loss: Double, blocks: [[Tensor<S>]]) {
    let loss = forwardLoss(batch, network, theta, on: pool)
    try signal.sweep(
      &self, against: batch.targets, network, theta, nudge: S(nudge),
      downTo: network.lowestTrainable, on: pool)
    let blocks = (1...network.depth).map { l in
      network.isTrainedBlock(l)
        ? gradient(ofBlock: l, network, theta, scale: scale, on: pool) : []
    }
    return (loss, blocks)
  }

  /// The gradient of the parameters that belong to layer `l`, summed over the layers that have them.
  package func gradient(
    ofBlock l: Int, _ network: Network, _ theta: Parameters<S>, scale: S, on pool: WorkerPool
  ) -> [Tensor<S>] {
    var sum: [Tensor<S>] = []
    for k in network.sharers(of: l) {
      let stage = network.layers[k - 1].stage
      let factors = stage.gradientFactors(theta.layers[k - 1], of: r[k], at: x[k - 1], on: pool)
      let part = stage.parameterGradient(
        of: factors.residual, at: factors.input, scale: scale, on: pool)
      if sum.isEmpty {
        sum = part
      } else {
        for slot in part.indices { sum[slot].combine(1, 1, part[slot]) }
      }
    }
    return sum
  }
}

extension Network {
  /// Whether layer `l` is trained and has parameters of its own.
  package func isTrainedBlock(_ l: Int) -> Bool {
    layers[l - 1].isTrainable && owner(of: l) == l
  }
}
