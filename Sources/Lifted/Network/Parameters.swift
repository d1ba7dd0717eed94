import Tensors

/// The parameters `theta` of a ``Network``: for each layer its tensors, in its stage's order.
public struct Parameters<S: TensorScalar>: Sendable, Equatable {
  /// `layers[l - 1]` belongs to layer `l`.
  public var layers: [[Tensor<S>]]

  /// All zero.
  public init(zerosFor network: Network) {
    layers = network.layers.map { $0.stage.parameters.map { Tensor(shape: $0.shape) } }
  }

  /// Names as `torch.nn.Sequential(Linear, activation, Linear, …)` gives them: `0.weight`, `0.bias`,
  /// `2.weight`, … with the tensors, in order. A stage without parameters below an identity is one module
  /// (`AvgPool2d`), a `Flatten` stands where an image becomes a row of numbers, and an `Unflatten` between a
  /// dense layer and one on images.
  public func named(in network: Network) -> [(name: String, tensor: Tensor<S>)] {
    zip(zip(network.layers, network.modules), layers).flatMap { layer, tensors in
      zip(layer.0.stage.parameters, tensors).map { ("\(layer.1).\($0.name)", $1) }
    }
  }

  /// Parameters from named tensors; every name must be there, with the right shape, and no other.
  /// - Throws: ``SolverError`` naming the first that is missing, unknown or of another shape.
  public init(named tensors: [String: Tensor<S>], for network: Network) throws(SolverError) {
    self.init(zerosFor: network)
    var unused = tensors
    let modules = network.modules
    for (index, layer) in network.layers.enumerated() {
      for (slot, parameter) in layer.stage.parameters.enumerated() {
        let name = "\(modules[index]).\(parameter.name)"
        guard let tensor = unused.removeValue(forKey: name) else {
          throw .unsuitable("the parameter '\(name)' is missing; the network needs it")
        }
        guard tensor.shape == parameter.shape else {
          throw .shape(
            .mismatch(
              what: "parameter '\(name)'", expected: parameter.shape, found: tensor.shape))
        }
        layers[index][slot] = tensor
      }
    }
    // A count that PyTorch writes beside the statistics of a normalisation, for training alone.
    unused = unused.filter { !$0.key.hasSuffix(".num_batches_tracked") }
    if let name = unused.keys.min() {
      throw .unsuitable("the parameter '\(name)' belongs to no layer of the network; remove it")
    }
    if let l = firstUnshared(in: network) {
      throw .unsuitable(
        "layers \(network.owner(of: l)) and \(l) share their parameters, but have different ones; make "
          + "them equal")
    }
    share(in: network)
  }

  /// Whether every number is finite.
  public var isFinite: Bool { layers.allSatisfy { $0.allSatisfy(\.isFinite) } }
}

extension Network {
  /// The places of the layers' stages among the modules of `torch.nn.Sequential`.
  fileprivate var modules: [Int] {
    var (next, previous) = (0, nil as (any AffineStage)?)
    return layers.map { layer in
      let takesImage = layer.stage.inputImage != nil
      let isFlattened = previous?.outputImage != nil && !takesImage
      let isUnflattened = previous is Dense && takesImage
      let place = next + (isFlattened || isUnflattened ? 1 : 0)
      let isOneModule = layer.stage.parameters.isEmpty && layer.activation.isIdentity
      (next, previous) = (place + (isOneModule ? 1 : 2), layer.stage)
      return place
    }
  }
}
