import Lifted
import Proximal

/// One layer of a recipe's network: `{width: 784, activation: relu, l1: 0.001}`.
public struct LayerRecipe: Sendable {
  /// Every stage there is.
  static let stages: [any StageRule.Type] = [
    DenseRule.self, ConvolutionRule.self, TransposedConvolutionRule.self, AveragePoolingRule.self,
    BatchNormalisationRule.self,
  ]

  /// The affine map.
  let stage: any StageRule
  /// The proximal map.
  public let activation: ActivationChoice
  /// Weight of an l1 term on the layer's variable, at least 0.
  public let l1: Double?
  /// Whether the layer's parameters stay at their initial values.
  public let frozen: Bool?

  /// Outputs of a dense layer; `nil` for layers of images.
  public var width: Int? { (stage as? DenseRule)?.width }

  /// The layer on what comes in.
  func make(on input: LayerInput) throws -> Layer {
    Layer(
      try stage.make(on: input), try activation.make(),
      regulariser: try l1.map { try L1Penalty(alpha: $0) }, isTrainable: frozen != true)
  }
}

extension LayerRecipe: Codable {
  public init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    for key in ["maxPooling", "maxpool", "maximumPooling"] {
      try reader.refuse(
        key,
        "maximum pooling is neither linear nor a proximal map; use averagePooling, or a "
          + "convolution with a stride")
    }
    let stages = Self.stages.filter { reader.has($0.word) }
    guard let type = stages.first, stages.count == 1 else {
      let words = Self.stages.map { $0.word }.joined(separator: ", ")
      throw reader.error(nil, "a layer has exactly one of these keys: \(words)")
    }
    stage = try type.init(&reader)
    activation =
      type.needsActivation
      ? try reader.required("activation") : try reader.optional("activation") ?? .identity
    l1 = try reader.optional("l1")
    frozen = try reader.optional("frozen")
    try reader.finish()
    if let l1 { _ = try reader.checked { try L1Penalty(alpha: l1) } }
  }

  public func encode(to encoder: any Encoder) throws {
    var writer = RecipeWriter(encoder)
    try stage.write(to: &writer)
    try writer.write(activation, "activation")
    if let l1 { try writer.write(l1, "l1") }
    if let frozen { try writer.write(frozen, "frozen") }
  }
}

extension LayerRecipe: Equatable {
  public static func == (a: LayerRecipe, b: LayerRecipe) -> Bool {
    a.stage.equals(b.stage) && a.activation == b.activation && a.l1 == b.l1
      && a.frozen == b.frozen
  }
}

extension [LayerRecipe] {
  /// The network on samples of the given form.
  func network(on input: LayerInput) throws -> Network {
    let network = try chain(on: input)
    guard network.parameterCount <= Self.mostParameters else {
      throw SolverError.unsuitable(
        "the network has \(network.parameterCount) parameters, more than \(Self.mostParameters); "
          + "make its layers narrower")
    }
    return network
  }

  /// A network like the one on the samples, for checks before they are there: on images of a size of our
  /// own, where that of the samples is not known.
  func likeness(on picture: [Int]?) throws -> Network {
    if let picture { return try network(on: LayerInput(picture: picture)) }
    let groups = (first?.stage as? ConvolutionRule)?.geometry.groups ?? 1
    let needsImage = !(first?.stage is DenseRule)
    return try chain(on: needsImage ? LayerInput(picture: [groups, 256, 256]) : .row(1))
  }

  private func chain(on input: LayerInput) throws -> Network {
    var input = input
    let layers = try enumerated().map { index, recipe in
      let layer: Layer
      do { layer = try recipe.make(on: input) } catch {
        throw SolverError.unsuitable("layer \(index + 1): \(error)")
      }
      input = LayerInput(from: layer.stage)
      guard input.count <= Self.mostOutputs else {
        throw SolverError.unsuitable(
          "layer \(index + 1) has \(input.count) outputs, more than \(Self.mostOutputs); make it smaller"
        )
      }
      return layer
    }
    return try Network(layers)
  }

  private static var mostParameters: Int { 1 << 28 }
  private static var mostOutputs: Int { 1 << 24 }
}
