import Tensors

/// A point of the lifted space: the parameters and every layer's variable, for one batch.
public struct LiftedPoint<S: TensorScalar>: Sendable, Equatable {
  /// The parameters of all layers.
  public var theta: Parameters<S>
  /// `x_0, …, x_L`, matrices with one sample in each row.
  public var x: [Tensor<S>]

  /// - Throws: ``SolverError/shape(_:)`` if a variable has not the shape of its layer,
  ///   ``SolverError/unsuitable(_:)`` if there is not one for the input and one for each layer.
  public init(
    theta: Parameters<S>, x: [Tensor<S>], network: Network
  ) throws(SolverError) {
    let samples = x.first?.rows ?? 0
    let expected = network.widths.map { [samples, $0] }
    guard x.count == expected.count else {
      throw .unsuitable(
        "\(x.count) variables for \(network.depth) layers; give the input's and one for each layer")
    }
    for (l, shape) in expected.enumerated() where x[l].shape != shape {
      throw .shape(.mismatch(what: "variable x_\(l)", expected: shape, found: x[l].shape))
    }
    (self.theta, self.x) = (theta, x)
  }

  /// A part of a point: of layers that are elsewhere, tensors are missing or empty.
  package init(partOf theta: Parameters<S>, x: [Tensor<S>]) { (self.theta, self.x) = (theta, x) }

  /// The forward pass from an input; with `output` given, `x_L` is clamped to it.
  /// - Throws: ``SolverError/shape(_:)``.
  public init(
    forward input: Tensor<S>, output: Tensor<S>? = nil, theta: Parameters<S>, network: Network,
    on pool: WorkerPool
  ) throws(SolverError) {
    guard input.shape == [input.rows, network.inputs] else {
      throw .shape(
        .mismatch(
          what: "input batch", expected: [input.rows, network.inputs], found: input.shape))
    }
    var states = LayerStates<S>(for: network, samples: input.rows)
    states.x[0] = input
    states.forward(network, theta, on: pool)
    if let output { states.x[network.depth] = output }
    try self.init(theta: theta, x: states.x, network: network)
  }
}

/// The blocks of the energy that a solver may move; all others are clamped.
public struct Blocks: OptionSet, Sendable, Hashable {
  /// One bit for each block.
  public let rawValue: Int
  /// A set of blocks by its bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// `theta`, the parameters of all layers that are trainable.
  public static let parameters = Blocks(rawValue: 1)
  /// `x_0`, the input.
  public static let input = Blocks(rawValue: 2)
  /// `x_1, …, x_{L-1}`, the hidden variables.
  public static let hidden = Blocks(rawValue: 4)
  /// `x_L`, the output.
  public static let output = Blocks(rawValue: 8)

  /// Data and targets clamped: training.
  public static let training: Blocks = [.parameters, .hidden]
  /// Weights and input clamped: the minimiser is the forward pass.
  public static let inference: Blocks = [.hidden, .output]
  /// Weights and output clamped: inversion of a trained network.
  public static let inversion: Blocks = [.input, .hidden]
  /// Only the output clamped: learning together with an inverse problem.
  public static let joint: Blocks = [.parameters, .input, .hidden]
}
