import Tensors

/// How parameters start. Offsets start at zero, factors of a normalisation at one.
public enum Initialisation: String, Sendable, Codable, CaseIterable {
  /// Normal, variance `2 / fanIn` (He et al., 2015): keeps the variance through rectifiers.
  case he
  /// Normal, variance `1 / fanIn` (LeCun et al., 1998).
  case leCun
  /// Normal, variance `2 / (fanIn + fanOut)` (Glorot and Bengio, 2010).
  case glorot
  /// LeCun, then each unit shifted and scaled so that its pre-activation has mean 0 and variance 1
  /// over a probe batch (Salimans and Kingma, 2016).
  case dataDependent

  /// Initial parameters; the same seed gives the same numbers on every machine.
  ///
  /// - Parameters:
  ///   - network: the layers; each draws from a stream of its own.
  ///   - seed: the root seed.
  ///   - probe: inputs of shape `(samples, network.inputs)`, needed by ``dataDependent`` only.
  ///   - pool: the threads to work with.
  /// - Throws: ``SolverError/unsuitable(_:)`` if ``dataDependent`` has no probe of two samples or more.
  public func parameters<S: TensorScalar>(
    for network: Network, seed: UInt64, probe: Tensor<S>? = nil, on pool: WorkerPool
  ) throws(SolverError) -> Parameters<S> {
    var theta = Parameters<S>(zerosFor: network)
    for (index, layer) in network.layers.enumerated() {
      var stream = RandomStream(seed: seed, .initialisation, lane: UInt64(index))
      for (slot, shape) in layer.stage.parameters.enumerated() {
        theta.layers[index][slot] =
          shape.fanIn > 0
          ? .normal(shape: shape.shape, standardDeviation: deviation(shape), from: &stream)
          : Tensor(repeating: S(shape.start), shape: shape.shape)
      }
    }
    theta.share(in: network)
    if let probe { theta.renewStatistics(of: network, from: probe, keeping: 0, on: pool) }
    guard self == .dataDependent else { return theta }
    guard let probe, probe.rows > 1 else {
      throw .unsuitable("data-dependent initialisation needs a probe batch of at least 2 samples")
    }
    normaliseUnits(of: &theta, network, probe, pool)
    return theta
  }

  private func deviation(_ shape: ParameterShape) -> Double {
    let fanOut = Double(shape.shape.reduce(1, *)) / Double(shape.fanIn)
    return switch self {
    case .he: (2 / Double(shape.fanIn)).squareRoot()
    case .leCun, .dataDependent: (1 / Double(shape.fanIn)).squareRoot()
    case .glorot: (2 / (Double(shape.fanIn) + fanOut)).squareRoot()
    }
  }

  /// Layer by layer: mean and deviation of each unit's pre-activation on the probe become 0 and 1.
  private func normaliseUnits<S: TensorScalar>(
    of theta: inout Parameters<S>, _ network: Network, _ probe: Tensor<S>, _ pool: WorkerPool
  ) {
    var states = LayerStates<S>(for: network, samples: probe.rows)
    states.x[0] = probe
    for l in 1...network.depth {
      states.forward(layer: l, network, theta, on: pool)
      guard network.owner(of: l) == l else { continue }
      let (z, stage) = (states.z[l], network.layers[l - 1].stage)
      let pixels = stage.outputs / stage.units
      for unit in 0..<stage.units {
        let column = (0..<z.rows).flatMap { row in
          (0..<pixels).map { Double(z[row, unit * pixels + $0]) }
        }
        let count = Double(column.count)
        let mean = column.reduce(0, +) / count
        let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        // A unit that does not vary on the probe is left as it is.
        guard variance > 1e-12 else { continue }
        let scale = 1 / variance.squareRoot()
        stage.scale(
          unit: unit, of: &theta.layers[l - 1], by: S(scale), offset: S(-mean * scale))
      }
      theta.share(in: network)
      states.forward(layer: l, network, theta, on: pool)
    }
  }
}

extension AffineStage {
  /// Outputs that have weights of their own: the channels of an image, or all.
  var units: Int { outputImage?.channels ?? outputs }

  /// Multiplies the unit's row of the first parameter; nothing for a stage without such rows.
  public func scale<S: TensorScalar>(
    unit: Int, of theta: inout [Tensor<S>], by factor: S, offset: S
  ) {
    guard !theta.isEmpty, theta[0].rows == units else { return }
    let width = theta[0].columns
    theta[0].withMutablePointer {
      let row = $0 + unit * width
      S.combine(factor, row, 0, row, into: row, count: width)
    }
    if theta.count > 1 { theta[1].withMutableSpan { $0[unit] = offset } }
  }
}
