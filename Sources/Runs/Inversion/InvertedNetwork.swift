import Foundation
import Imaging
import Lifted
import Proximal
import Tensors

/// The network of an ``InvertedModel`` with its parameters.
struct InvertedNetwork {
  let network: Network
  let parameters: Parameters<Float>
  /// Extents of what comes in.
  let shape: ImageShape
  /// Whether that is a picture.
  let isPicture: Bool
  /// The network as monotone residual blocks.
  private(set) var residual: MonotoneResidualNetwork<Float>?
  /// The layers of the file that come after those that are inverted.
  let rest: (network: Network, parameters: Parameters<Float>)?

  init(
    _ model: InvertedModel, unknown: [Int]?, _ seed: UInt64, on pool: WorkerPool
  ) throws {
    switch model {
    case .file(let path, let layers):
      let model = try TrainedModel.open(URL(fileURLWithPath: path), weights: .best, on: pool)
      try self.init(
        model.network, model.parameters, inputs: unknown ?? model.inputShape, first: layers,
        path: path)
    case .random(let layers, let inputs, let weights, let shift):
      let network = try layers.network(on: LayerInput(picture: inputs))
      let theta = try weights.parameters(for: network, seed: seed, shift: shift, on: pool)
      try self.init(network, theta, inputs: unknown ?? inputs)
    case .shallow(let units, let spacing):
      let (network, theta) = try Self.shallow(units: units, spacing: spacing)
      try self.init(network, theta, inputs: [1])
    case .monotoneResidual(let width, let blocks, let norm, let activation):
      let residual = try Self.monotone(width, blocks, norm, activation.make(), seed, on: pool)
      let (network, theta) = try residual.layers()
      try self.init(network, theta, inputs: unknown ?? [width])
      self.residual = residual
    }
  }

  private init(
    _ network: Network, _ parameters: Parameters<Float>, inputs: [Int], first: Int? = nil,
    path: String = "unknown"
  ) throws {
    let count = first ?? network.depth
    guard count <= network.depth else {
      throw RecipeError(
        source: path, key: "model.layers",
        problem: "\(count) layers of a network that has \(network.depth); take fewer")
    }
    let extents = inputs.count == 2 ? [1] + inputs : inputs
    guard extents.reduce(1, *) == network.inputs else {
      throw RecipeError(
        source: path, key: "unknown",
        problem: "extents \(inputs) for a network that takes \(network.inputs) numbers")
    }
    isPicture = extents.count == 3
    shape =
      isPicture
      ? try ImageShape(channels: extents[0], height: extents[1], width: extents[2])
      : try ImageShape(channels: 1, height: 1, width: network.inputs)
    let (layers, theta) = (network.layers, parameters.layers)
    func part(_ range: Range<Int>) throws -> (network: Network, parameters: Parameters<Float>) {
      let part = try Network(Array(layers[range]))
      var parameters = Parameters<Float>(zerosFor: part)
      parameters.layers = Array(theta[range])
      return (part, parameters)
    }
    (self.network, self.parameters) = try part(0..<count)
    rest = count < network.depth ? try part(count..<network.depth) : nil
  }

  /// `N(u)`.
  func outputs(of unknowns: Tensor<Float>?, on pool: WorkerPool) throws -> Tensor<Float> {
    guard let unknowns else { throw SolverError.unsuitable("there is nothing to measure") }
    return try LiftedPoint(
      forward: unknowns, theta: parameters, network: network, on: pool
    ).x[network.depth]
  }

  /// Blocks of normal weights and offsets, `||W_k||` as given.
  private static func monotone(
    _ width: Int, _ blocks: Int, _ norm: Double, _ activation: any Activation, _ seed: UInt64,
    on pool: WorkerPool
  ) throws -> MonotoneResidualNetwork<Float> {
    let layer = try dense(width, width, activation)
    let theta = (0..<blocks).map { k in
      var stream = RandomStream(seed: seed, .initialisation, lane: UInt64(k))
      var weight = Tensor<Float>.normal(
        shape: [width, width], standardDeviation: 1, from: &stream)
      var vector = Tensor<Float>(shape: [width])
      let square = layer.stage.squaredNorm(
        [weight, Tensor(shape: [width])], vector: &vector, iterations: 100, on: pool)
      weight.scale(by: Float(norm) / square.squareRoot())
      return [weight, .normal(shape: [width], standardDeviation: norm, from: &stream)]
    }
    return try MonotoneResidualNetwork(Array(repeating: layer, count: blocks), theta)
  }

  /// `c` by differences of the slopes of `u^3 + u` on `0, h, 2 h, …`.
  private static func shallow(
    units: Int, spacing h: Double
  ) throws -> (Network, Parameters<Float>) {
    let network = try Network {
      try dense(1, units, ReLU())
      try dense(units, 1, Identity())
    }
    func slope(_ j: Int) -> Double {
      func f(_ u: Double) -> Double { u * u * u + u }
      return (f(Double(j + 1) * h) - f(Double(j) * h)) / h
    }
    var theta = Parameters<Float>(zerosFor: network)
    theta.layers[0][0] = Tensor(repeating: 1, shape: [units, 1])
    theta.layers[0][1] = try Tensor(
      shape: [units], scalars: (0..<units).map { Float(-Double($0) * h) })
    theta.layers[1][0] = try Tensor(
      shape: [1, units],
      scalars: (0..<units).map { Float($0 == 0 ? slope(0) : slope($0) - slope($0 - 1)) })
    return (network, theta)
  }
}

extension InvertedModel.Weights {
  /// Random parameters; under ``normal`` the mean of the offsets is `shift`.
  fileprivate func parameters(
    for network: Network, seed: UInt64, shift: Double, on pool: WorkerPool
  ) throws -> Parameters<Float> {
    switch self {
    case .he:
      return try Initialisation.he.parameters(for: network, seed: seed, on: pool)
    case .normal:
      var theta = Parameters<Float>(zerosFor: network)
      for (l, layer) in network.layers.enumerated() {
        var stream = RandomStream(seed: seed, .initialisation, lane: UInt64(l))
        for (slot, parameter) in layer.stage.parameters.enumerated() {
          theta.layers[l][slot] = .normal(
            shape: parameter.shape, standardDeviation: 1, from: &stream)
          guard parameter.fanIn == 0, shift != 0 else { continue }
          theta.layers[l][slot] = theta.layers[l][slot].map { $0 + Float(shift) }
        }
      }
      theta.share(in: network)
      return theta
    }
  }
}

extension StartRecipe {
  /// The rows to start from; `nil` for zero.
  func rows(
    for measurements: Tensor<Float>, _ model: InvertedNetwork, of recipe: InversionRecipe,
    on pool: WorkerPool
  ) throws -> Tensor<Float>? {
    func refuse(_ problem: String) -> RecipeError {
      RecipeError(source: recipe.name, key: "start", problem: problem)
    }
    let rows: Tensor<Float>
    switch self {
    case .zero: return nil
    case .adjoint:
      let objective = try ForwardObjective(model.network, model.parameters)
      rows = try InversionStart<Float>.adjoint.inputs(objective, measured: measurements, on: pool)
    case .file(let path):
      rows = try .rows(ofFile: path, numbers: model.network.inputs, called: "start")
    case .rest:
      guard let rest = model.rest else {
        throw refuse("no layers of the model are left to decode by; take fewer in model.layers")
      }
      rows = try LiftedPoint(
        forward: measurements, theta: rest.parameters, network: rest.network, on: pool
      ).x[rest.network.depth]
    case .decoder(let path):
      let decoder = try TrainedModel.open(URL(fileURLWithPath: path), weights: .best, on: pool)
      rows = try decoder.outputs(of: measurements, on: pool)
    }
    guard rows.rows == measurements.rows, rows.columns == model.network.inputs else {
      throw refuse(
        "\(rows.rows) starts of \(rows.columns) numbers for \(measurements.rows) unknowns of "
          + "\(model.network.inputs); give one each")
    }
    return rows
  }
}
