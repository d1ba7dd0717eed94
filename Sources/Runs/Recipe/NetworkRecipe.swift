import Lifted
import Proximal

/// One layer of a recipe's network: `{width: 784, activation: relu, l1: 0.001}`.
public struct LayerRecipe: Sendable {
  /// Every rule there is.
  static let rules: [any LayerRule.Type] = [
    DenseRule.self, ConvolutionRule.self, TransposedConvolutionRule.self, AveragePoolingRule.self,
    BatchNormalisationRule.self, ResidualRule.self,
  ]

  /// The affine map, or what else it makes.
  let rule: any LayerRule
  /// The proximal map.
  public let activation: ActivationChoice
  /// Weight of an l1 term on the layer's variable, at least 0.
  public let l1: Double?
  /// Whether the layer's parameters stay at their initial values.
  public let frozen: Bool?

  /// Outputs of a dense layer; `nil` for other layers.
  public var width: Int? { (rule as? DenseRule)?.width }

  /// How many times it stands in a row, at least 1.
  public let times: Int

  /// Its layers, repetitions and all, each with what it is called in reports.
  var parts: [LayerPart] {
    let parts = rule.parts.map {
      LayerPart(word: $0.word + activation.name, start: $0.start)
    }
    return (0..<times).flatMap { _ in parts }
  }

  /// The layers on what comes in, once.
  func layers(on input: LayerInput) throws -> [Layer] {
    try rule.layers(
      on: input, try activation.make(), regulariser: try l1.map { try L1Penalty(alpha: $0) },
      isTrainable: frozen != true)
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
    let rules = Self.rules.filter { reader.has($0.word) }
    guard let type = rules.first, rules.count == 1 else {
      let words = Self.rules.map { $0.word }.joined(separator: ", ")
      throw reader.error(nil, "a layer has exactly one of these keys: \(words)")
    }
    rule = try type.init(&reader)
    activation =
      type.needsActivation
      ? try reader.required("activation") : try reader.optional("activation") ?? .identity
    l1 = try reader.optional("l1")
    frozen = try reader.optional("frozen")
    times = try reader.optional("times") ?? 1
    try reader.finish()
    try reader.require(times, in: 1...10_000, "times")
    if let l1 { _ = try reader.checked { try L1Penalty(alpha: l1) } }
  }

  public func encode(to encoder: any Encoder) throws {
    var writer = RecipeWriter(encoder)
    try rule.write(to: &writer)
    try writer.write(activation, "activation")
    if let l1 { try writer.write(l1, "l1") }
    if let frozen { try writer.write(frozen, "frozen") }
    if times > 1 { try writer.write(times, "times") }
  }
}

extension LayerRecipe: Equatable {
  public static func == (a: LayerRecipe, b: LayerRecipe) -> Bool {
    a.rule.equals(b.rule) && a.activation == b.activation && a.l1 == b.l1
      && a.frozen == b.frozen && a.times == b.times
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
    let groups = (first?.rule as? ConvolutionRule)?.geometry.groups ?? 1
    let needsImage = !(first?.rule is DenseRule || first?.rule is ResidualRule)
    return try chain(on: needsImage ? LayerInput(picture: [groups, 256, 256]) : .row(1))
  }

  private func chain(on input: LayerInput) throws -> Network {
    var (layers, input) = ([Layer](), input)
    for recipe in self {
      for _ in 0..<recipe.times {
        do { layers += try recipe.layers(on: input) } catch {
          throw SolverError.unsuitable("layer \(layers.count + 1): \(error)")
        }
        if let last = layers.last { input = recipe.rule.output(of: last.stage) }
        guard input.count <= Self.mostOutputs else {
          throw SolverError.unsuitable(
            "layer \(layers.count) has \(input.count) outputs, more than \(Self.mostOutputs); make it "
              + "smaller")
        }
        guard layers.count <= Self.mostLayers else {
          throw SolverError.unsuitable("more than \(Self.mostLayers) layers; repeat fewer of them")
        }
      }
    }
    return try Network(layers)
  }

  private static var mostParameters: Int { 1 << 28 }
  private static var mostOutputs: Int { 1 << 24 }
  private static var mostLayers: Int { 10_000 }
}
