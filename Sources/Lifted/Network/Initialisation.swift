import Tensors

/// How parameters start. Offsets start at zero.
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
      for (slot, shape) in layer.stage.parameters.enumerated() where shape.fanIn > 0 {
        theta.layers[index][slot] = .normal(
          shape: shape.shape, standardDeviation: deviation(shape), from: &stream)
      }
    }
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
      let (z, units) = (states.z[l], network.layers[l - 1].stage.outputs)
      for unit in 0..<units {
        let column = (0..<z.rows).map { Double(z[$0, unit]) }
        let mean = column.reduce(0, +) / Double(z.rows)
        let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(z.rows)
        // A unit that does not vary on the probe is left as it is.
        guard variance > 1e-12 else { continue }
        let scale = 1 / variance.squareRoot()
        theta.layers[l - 1].scaleUnit(unit, by: S(scale), offset: S(-mean * scale))
      }
      states.forward(layer: l, network, theta, on: pool)
    }
  }
}

extension Array {
  /// Multiplies a unit's weights by a factor and sets its offset.
  fileprivate mutating func scaleUnit<S: TensorScalar>(_ unit: Int, by factor: S, offset: S)
  where Element == Tensor<S> {
    guard !isEmpty else { return }
    let width = self[0].columns
    self[0].withMutableSpan { span in
      for i in (unit * width)..<((unit + 1) * width) { span[i] *= factor }
    }
    if count > 1 { self[1].withMutableSpan { $0[unit] = offset } }
  }
}
