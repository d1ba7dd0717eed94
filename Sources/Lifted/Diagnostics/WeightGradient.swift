import Tensors

extension Signal {
  /// The gradient of a batch that a signal gives, for every parameter: `r_l^T x_{l-1} / (s beta)`, the
  /// derivative of the mean loss as the signal sees it; for parameters that layers share, in the place of their
  /// owner.
  ///
  /// For back-propagation `beta` cancels. Cost: a forward pass, a sweep and a product for each layer.
  /// - Throws: ``SolverError`` if the signal cannot pass a layer.
  public func weightGradient<S: TensorScalar>(
    of network: Network, at theta: Parameters<S>, _ batch: Batch<S>, beta: Double,
    on pool: WorkerPool
  ) throws(SolverError) -> Parameters<S> {
    var states = LayerStates<S>(for: network, samples: batch.inputs.rows)
    _ = states.forwardLoss(batch, network, theta, on: pool)
    try sweep(&states, against: batch.targets, network, theta, nudge: S(beta), on: pool)
    var gradient = Parameters<S>(zerosFor: network)
    for l in 1...network.depth {
      gradient.layers[l - 1] = network.layers[l - 1].stage.parameterGradient(
        theta.layers[l - 1], of: states.r[l], at: states.x[l - 1],
        scale: S(1 / (Double(batch.inputs.rows) * beta)), on: pool)
    }
    gradient.gather(in: network)
    return gradient
  }
}

extension Parameters {
  /// The cosine of the angle between two lists of parameters taken as one vector each; 0 if one is zero.
  public func cosine(to other: Parameters) -> Double {
    var (product, mine, theirs) = (0.0, 0.0, 0.0)
    for (a, b) in zip(layers.joined(), other.layers.joined()) {
      product += a.dot(b)
      mine += a.squaredNorm
      theirs += b.squaredNorm
    }
    let norm = (mine * theirs).squareRoot()
    return norm > 0 ? product / norm : 0
  }
}
