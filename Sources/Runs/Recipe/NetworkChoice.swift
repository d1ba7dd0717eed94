import Imaging
import Lifted
import Tensors

/// The network of a recipe: a list of layers, or `unrolled:`, the first steps of an algorithm.
public enum NetworkChoice: Sendable, Equatable {
  /// Layers, first to last.
  case layers([LayerRecipe])
  /// The first steps of an algorithm.
  case unrolled(UnrolledRecipe)

  /// The list of layers; empty for an unrolled network.
  public var layers: [LayerRecipe] { if case .layers(let layers) = self { layers } else { [] } }

  /// The network on samples of the given form; `map` is the operator that an unrolled network knows of.
  func network(
    on input: LayerInput, map: (any LinearOperator)? = nil, scale: Double = 1
  ) throws -> Network {
    switch self {
    case .layers(let layers): return try layers.network(on: input)
    case .unrolled(let recipe):
      let image = try input.image(for: "an unrolled network")
      return try recipe.network(on: image, map: map ?? .identity(on: image), scale: scale).network()
    }
  }

  /// A network like the one on the samples, for checks before they are there.
  func likeness(for data: DataRecipe) throws -> Network {
    guard case .layers(let layers) = self, data.restoration == nil else {
      let patch = data.restoration?.patch ?? 8
      let map = try data.restoration.map { try $0.operator.map(on: $0.patchShape, seed: 0) }
      return try network(on: LayerInput(picture: [patch, patch]), map: map)
    }
    return try layers.likeness(on: data.pictureShape)
  }

  /// The parameters before the first step: by a rule for layers, cosine filters for an unrolled network.
  func parameters(
    for network: Network, _ training: TrainingRecipe, on input: LayerInput,
    map: (any LinearOperator)?, seed: UInt64, probe: Tensor<Float>, _ pool: WorkerPool
  ) throws -> Parameters<Float> {
    switch self {
    case .layers(let recipes):
      var theta = try training.initialisation.parameters(
        for: network, seed: seed, probe: probe, on: pool)
      for (l, part) in recipes.flatMap(\.parts).enumerated() where part.start != 1 {
        theta.layers[l] = theta.layers[l].map { $0.scaled(by: part.start) }
      }
      theta.share(in: network)
      return theta
    case .unrolled(let recipe):
      let image = try input.image(for: "an unrolled network")
      let start: Parameters<Float> = try recipe.network(
        on: image, map: map ?? .identity(on: image)
      ).cosineFilters()
      return start.extended(to: network)
    }
  }

  /// Names of the network's layers for reports.
  func names(of network: Network) -> [String] {
    switch self {
    case .layers(let recipes):
      return zip(recipes.flatMap(\.parts), network.layers).enumerated().map { index, pair in
        let stage = pair.1.stage
        return "\(index + 1) \(pair.0.word) \(stage.outputImage?.description ?? "\(stage.outputs)")"
      }
    case .unrolled(let recipe):
      let last = network.layers.lastIndex { !$0.stage.parameters.isEmpty } ?? 0
      return network.layers.indices.map { index in
        switch index {
        case 0: "1 start"
        case last: "\(index + 1) picture"
        case (last + 1)...: "\(index + 1) known pixels"
        case _ where recipe.scheme.isPrimalDual:
          "\(index + 1) \(index % 2 == 1 ? "primal" : "dual") step"
        default: "\(index + 1) step"
        }
      }
    }
  }

  /// How many pixels away a pixel of the data is felt in the output; `nil` if everywhere.
  func reach(of operatorReach: Int?) -> Int? {
    switch self {
    case .layers: nil
    case .unrolled(let recipe): recipe.reach(of: operatorReach)
    }
  }
}

extension UnrolledRecipe.Scheme {
  /// Whether picture and dual variable take turns.
  var isPrimalDual: Bool {
    switch self {
    case .dualForwardBackward, .inertial, .accelerated: false
    case .chambollePock, .stronglyConvex, .resolvent, .condatVu: true
    }
  }
}

extension Parameters {
  /// The same with nothing for further layers, which must have no parameters, or with fewer layers.
  func extended(to network: Network) -> Parameters {
    var theta = Parameters(zerosFor: network)
    for l in 0..<min(layers.count, theta.layers.count) { theta.layers[l] = layers[l] }
    return theta
  }
}

extension LinearOperator where Self == IdentityOperator {
  /// The identity on pictures of given extents.
  static func identity(on image: ImageShape) -> IdentityOperator {
    IdentityOperator(image)
  }
}

extension NetworkChoice: Codable {
  public init(from decoder: any Decoder) throws {
    guard var reader = try? StrictReader(decoder) else {
      let layers = try decoder.singleValueContainer().decode([LayerRecipe].self)
      self = .layers(layers)
      return
    }
    let group: Unrolled = try reader.required("unrolled")
    try reader.finish()
    self = .unrolled(group.recipe)
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .layers(let layers):
      var container = encoder.singleValueContainer()
      try container.encode(layers)
    case .unrolled(let recipe):
      var writer = RecipeWriter(encoder)
      try writer.write(Unrolled(recipe: recipe), "unrolled")
    }
  }

  /// The group below `unrolled:`.
  private struct Unrolled: Codable {
    let recipe: UnrolledRecipe

    init(recipe: UnrolledRecipe) { self.recipe = recipe }

    init(from decoder: any Decoder) throws {
      var reader = try StrictReader(decoder)
      recipe = try UnrolledRecipe(&reader)
      try reader.finish()
    }

    func encode(to encoder: any Encoder) throws {
      var writer = RecipeWriter(encoder)
      try recipe.write(to: &writer)
    }
  }
}
