import Tensors

extension Network {
  /// The layer whose parameters layer `l` has: `l` itself, unless it shares those of an earlier one.
  public func owner(of l: Int) -> Int {
    layers[l - 1].sharedDistance.map { owner(of: l - $0) } ?? l
  }

  /// The layers that have the parameters of layer `l`, `l` the first of them; empty if `l` has those of an
  /// earlier one.
  public func sharers(of l: Int) -> [Int] {
    guard sharesParameters else { return [l] }
    return (l...depth).filter { owner(of: $0) == l }
  }

  /// The first layer that is trained; the one after the last if none is.
  package var lowestTrainable: Int { (layers.firstIndex(where: \.isTrainable) ?? depth) + 1 }

  /// Whether some layer has the parameters of another.
  public var sharesParameters: Bool { layers.contains { $0.sharedDistance != nil } }

  /// Refuses layers that share parameters.
  /// - Throws: ``SolverError/unsuitable(_:)`` naming the method and the first such layer.
  func requireOwnParameters(for method: String) throws(SolverError) {
    guard let index = layers.firstIndex(where: { $0.sharedDistance != nil }) else { return }
    throw .unsuitable(
      "\(method) moves each layer's parameters by themselves, and layer \(index + 1) has those of layer "
        + "\(owner(of: index + 1)); train by one sweep with gradient, momentum or adam")
  }

  /// Checks that layers which share parameters have any to share.
  static func checkSharing(of layers: [Layer]) throws(SolverError) {
    for (index, layer) in layers.enumerated() {
      guard let distance = layer.sharedDistance else { continue }
      guard distance >= 1, distance <= index else {
        throw .unsuitable(
          "layer \(index + 1) shares the parameters of the layer \(distance) before it, which is none; give "
            + "a distance from 1 to \(index)")
      }
      guard !(layer.stage is any NormalisingStage) else {
        throw .unsuitable(
          "layer \(index + 1) normalises by statistics of its own inputs and cannot share those of another; "
            + "give it parameters of its own")
      }
      let (mine, theirs) = (layer.stage.parameters, layers[index - distance].stage.parameters)
      guard !mine.isEmpty, mine.count <= theirs.count,
        zip(mine, theirs).allSatisfy({ $0.shape == $1.shape })
      else {
        throw .unsuitable(
          "layer \(index + 1) has parameters of shapes \(mine.map(\.shape)) and is to share those of layer "
            + "\(index + 1 - distance), of shapes \(theirs.map(\.shape)); they must be the same, or the first "
            + "of them")
      }
    }
  }
}

extension Parameters {
  /// Gives every layer that shares parameters those of their owner.
  public mutating func share(in network: Network) {
    for l in 1...network.depth where network.owner(of: l) != l {
      let count = network.layers[l - 1].stage.parameters.count
      layers[l - 1] = Array(layers[network.owner(of: l) - 1].prefix(count))
    }
  }

  /// A gradient with respect to each layer's parameters becomes that with respect to shared ones: the sum in
  /// the owner's place, zero in the others'.
  mutating func gather(in network: Network) {
    for l in 1...network.depth where network.owner(of: l) != l {
      let owner = network.owner(of: l)
      for slot in layers[l - 1].indices {
        layers[owner - 1][slot].combine(1, 1, layers[l - 1][slot])
        layers[l - 1][slot] = Tensor(shape: layers[l - 1][slot].shape)
      }
    }
  }

  /// The first layer whose parameters are not those it is to share; `nil` if all are.
  func firstUnshared(in network: Network) -> Int? {
    (1...network.depth).first { l in
      zip(layers[l - 1], layers[network.owner(of: l) - 1]).contains { $0 != $1 }
    }
  }
}
