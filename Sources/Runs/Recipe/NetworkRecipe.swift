import Lifted
import Proximal

/// One layer of a recipe's network: `{width: 784, activation: relu, l1: 0.001}`.
public struct LayerRecipe: Sendable, Equatable, Codable {
  /// Outputs of the layer, at least 1.
  public let width: Int
  /// The proximal map.
  public let activation: ActivationChoice
  /// Weight of an l1 term on the layer's variable, at least 0.
  public let l1: Double?
  /// Whether the layer's parameters stay at their initial values.
  public let frozen: Bool?

  public init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    width = try reader.required("width")
    activation = try reader.required("activation")
    l1 = try reader.optional("l1")
    frozen = try reader.optional("frozen")
    try reader.finish()
    try reader.require(width, in: 1...1 << 20, "width")
    let layer = self
    _ = try reader.checked { try layer.make(inputs: 1) }
  }

  /// The layer on so many inputs.
  func make(inputs: Int) throws -> Layer {
    Layer(
      try Dense(inputs, width), try activation.make(),
      regulariser: try l1.map { try L1Penalty(alpha: $0) }, isTrainable: frozen != true)
  }
}

extension [LayerRecipe] {
  /// The network on inputs of the given size.
  func network(inputs: Int) throws -> Network {
    var width = inputs
    let layers = try map { recipe in
      defer { width = recipe.width }
      return try recipe.make(inputs: width)
    }
    let network = try Network(layers)
    guard network.parameterCount <= Self.mostParameters else {
      throw SolverError.unsuitable(
        "the network has \(network.parameterCount) parameters, more than \(Self.mostParameters); "
          + "make its layers narrower")
    }
    return network
  }

  private static var mostParameters: Int { 1 << 28 }
}
