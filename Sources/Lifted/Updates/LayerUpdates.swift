import Tensors

/// The weight updates of a network's layers: one for each, or a single one for all.
package struct LayerUpdates: Sendable {
  let updates: [any WeightUpdate]

  /// That of layer `l`, counted from 1.
  package subscript(l: Int) -> any WeightUpdate { updates.count == 1 ? updates[0] : updates[l - 1] }

  /// As each layer's update asks for.
  func moments(of network: Network) -> [Int] {
    (1...network.depth).map { network.owner(of: $0) == $0 ? self[$0].moments : 0 }
  }

  /// As each layer's update asks for.
  func memory(of network: Network) -> [[[Int]]] {
    (1...network.depth).map { self[$0].memory(for: network.layers[$0 - 1].stage) }
  }

  /// Whether there are as many as needed, and each can move its layer.
  func check(_ network: Network) throws(SolverError) {
    guard updates.count == 1 || updates.count == network.depth else {
      throw .unsuitable(
        "\(updates.count) updates for \(network.depth) layers; give one for each or one for all")
    }
    for (index, layer) in network.layers.enumerated() where layer.isTrainable {
      try self[index + 1].check(layer.stage)
      guard self[index + 1].needsGradientOnly || network.sharers(of: index + 1).count == 1 else {
        throw .unsuitable(
          "\(type(of: self[index + 1])) takes one layer's residuals and inputs, and layer \(index + 1) "
            + "shares its parameters with another; use gradient, momentum or adam")
      }
    }
  }
}
