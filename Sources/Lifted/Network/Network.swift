import Proximal
import Tensors

/// A chain of layers: what a network is, without its parameters.
///
///     let network = try Network {
///       try dense(784, 256, ReLU())
///       try dense(256, 10, Softmax())
///     }
///
/// Layers are counted from 1 as in the papers: layer `l` maps `x_{l-1}` to `x_l`, `x_0` is the input.
/// The last layer is the head: with its variable clamped to the target `y`, its Bregman penalty is the
/// loss. Softmax gives cross-entropy, the identity half the squared error, sigmoid the logistic loss.
public struct Network: Sendable {
  /// The layers, first to last; `layers[l - 1]` is layer `l`.
  public let layers: [Layer]

  /// - Throws: ``SolverError`` if there is no layer, a layer does not take what the one before gives, or
  ///   an activation does not go with its width or regulariser.
  public init(_ layers: [Layer]) throws(SolverError) {
    guard !layers.isEmpty else { throw .unsuitable("a network needs at least one layer") }
    for (index, pair) in zip(layers, layers.dropFirst()).enumerated() {
      try pair.1.stage.check(follows: pair.0.stage, at: index + 2)
    }
    for (index, layer) in layers.enumerated() {
      do { try layer.regulariser?.validate(with: layer.activation) } catch {
        throw .unsuitable("layer \(index + 1): \(error)")
      }
      if case .groups(let size) = layer.activation.coupling,
        !layer.stage.outputs.isMultiple(of: size)
      {
        throw .unsuitable(
          "layer \(index + 1) has \(layer.stage.outputs) outputs, which do not divide into groups of "
            + "\(size); choose a multiple")
      }
    }
    try Self.checkSharing(of: layers)
    self.init(unchecked: layers)
  }

  /// A network of the layers written in the block, first to last.
  /// - Throws: ``SolverError`` as above, and what the block throws.
  public init(@NetworkBuilder _ layers: () throws -> [Layer]) throws {
    try self.init(layers())
  }

  /// Number of layers `L`.
  public var depth: Int { layers.count }
  /// Numbers per input sample.
  public var inputs: Int { layers[0].stage.inputs }
  /// Numbers per output sample.
  public var outputs: Int { layers[depth - 1].stage.outputs }
  /// `d_0, …, d_L`.
  public var widths: [Int] { [inputs] + layers.map(\.stage.outputs) }

  /// Number of parameters; shared ones count once.
  public var parameterCount: Int {
    layers.filter { $0.sharedDistance == nil }.flatMap(\.stage.parameters).reduce(0) {
      $0 + $1.shape.reduce(1, *)
    }
  }

  /// The same network with all layers but the last frozen: regression on random features, the control
  /// that shows what training the hidden layers is worth.
  public var withFrozenHiddenLayers: Network {
    Network(unchecked: layers.dropLast().map { $0.trainable(false) } + layers.suffix(1))
  }

  /// Refuses stages whose weight gradient, or its curvature, depends on the weights themselves.
  /// - Throws: ``SolverError/unsuitable(_:)`` naming the method and the first such layer.
  func requireAffineStages(for method: String) throws(SolverError) {
    guard let l = firstCurvedLayer else { return }
    throw .unsuitable(
      "\(method) needs stages that are affine in their parameters, and layer \(l), "
        + "\(type(of: layers[l - 1].stage)), is not; train it by one sweep with gradient, momentum or "
        + "adam, or by block descent with backtracking")
  }

  /// The first layer to be trained whose stage is not affine in its parameters.
  var firstCurvedLayer: Int? {
    layers.firstIndex { $0.isTrainable && !$0.stage.isAffineInParameters }.map { $0 + 1 }
  }

  /// Layers that share parameters are trained where their owner is.
  private init(unchecked layers: [Layer]) {
    self.layers = layers.indices.reduce(into: []) { chain, index in
      let layer = layers[index]
      chain.append(
        layer.sharedDistance.map { layer.trainable(chain[index - $0].isTrainable) } ?? layer)
    }
  }
}

extension AffineStage {
  /// Whether a stage takes what the one before gives, to be layer `l` of a network.
  fileprivate func check(follows stage: any AffineStage, at l: Int) throws(SolverError) {
    if let found = stage.outputImage, let needed = inputImage, found != needed {
      throw .unsuitable(
        "layer \(l) takes images of \(needed) (channels x height x width) but layer \(l - 1) gives "
          + "\(found); make the two images equal")
    }
    guard stage.outputs == inputs else {
      throw .unsuitable(
        "layer \(l) takes \(inputs) numbers but layer \(l - 1) gives \(stage.outputs); make the two "
          + "widths equal")
    }
  }
}

/// Collects the layers of a ``Network``, with `if` and `for`.
@resultBuilder
public enum NetworkBuilder {
  /// One layer.
  public static func buildExpression(_ layer: Layer) -> [Layer] { [layer] }
  /// Several layers, such as a residual block.
  public static func buildExpression(_ layers: [Layer]) -> [Layer] { layers }
  /// Layers one after another.
  public static func buildBlock(_ parts: [Layer]...) -> [Layer] { parts.flatMap { $0 } }
  /// The layers of a `for` loop.
  public static func buildArray(_ parts: [[Layer]]) -> [Layer] { parts.flatMap { $0 } }
  /// The layers of an `if` without `else`.
  public static func buildOptional(_ part: [Layer]?) -> [Layer] { part ?? [] }
  /// The layers after `if`.
  public static func buildEither(first part: [Layer]) -> [Layer] { part }
  /// The layers after `else`.
  public static func buildEither(second part: [Layer]) -> [Layer] { part }
}
