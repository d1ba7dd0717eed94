import Lifted
import Proximal
import Tensors

/// What an operation of a model does to the numbers that come in.
enum ModelStep {
  /// A stage with its parameters.
  case affine(any AffineStage, [Tensor<Float>])
  /// A number for each channel times it, and one added.
  case scaling(ChannelScaling)
  /// A proximal map.
  case activation(any Activation)
}

/// `z_c = scale_c x_c + offset_c`, each channel with `plane` numbers in a row.
struct ChannelScaling {
  var scale: [Float]
  var offset: [Float]
  /// What the channels are of; `nil` for a row of numbers.
  let image: ImageShape?
  /// Numbers of a channel.
  let plane: Int
}

/// Layers in the making: stages one after another, each with its activation once that is known.
struct ModelChain {
  private struct Part {
    var stage: any AffineStage
    var theta: [Tensor<Float>]
    var activation: (any Activation)?
  }

  /// Numbers that come in.
  private let inputs: Int
  private var parts: [Part] = []

  init(inputs: Int) { self.inputs = inputs }

  /// Numbers that go out.
  var outputs: Int { parts.last?.stage.outputs ?? inputs }

  /// Appends a step: an activation to the stage before it, a scaling into it where that is exact.
  mutating func append(_ step: ModelStep) throws {
    switch step {
    case .affine(let stage, let theta):
      parts.append(Part(stage: stage, theta: theta, activation: nil))
    case .scaling(let scaling):
      guard try !fold(scaling) else { return }
      let (stage, theta) = try scaling.stage()
      parts.append(Part(stage: stage, theta: theta, activation: nil))
    case .activation(let activation):
      if parts.isEmpty || parts[parts.count - 1].activation != nil {
        parts.append(Part(stage: try Pass(outputs), theta: [], activation: nil))
      }
      parts[parts.count - 1].activation = activation
    }
  }

  /// Puts a scaling into the weights of the stage before it, if that has one unit for each channel.
  private mutating func fold(_ scaling: ChannelScaling) throws -> Bool {
    guard var last = parts.last, last.activation == nil else { return false }
    let units: Int
    switch last.stage {
    case let stage as Dense: units = stage.outputs
    case let stage as Convolution where stage.outputImage == scaling.image:
      units = stage.shape.output.channels
    case let stage as TransposedConvolution where stage.outputImage == scaling.image:
      units = stage.adjointOf.input.channels
    default: return false
    }
    let width = last.stage is Dense ? scaling.plane : 1
    parts[parts.count - 1].theta = []
    for unit in 0..<units {
      let (scale, offset) = (scaling.scale[unit / width], scaling.offset[unit / width])
      last.stage.scale(
        unit: unit, of: &last.theta, by: scale, offset: scale * last.theta[1].scalars[unit] + offset
      )
    }
    parts[parts.count - 1] = last
    return true
  }

  /// Appends `x -> skip(x) + branch(x)`: what is to be handed on stands beside the branch's variables.
  ///
  /// - Returns: `false` if both have activations, and neither can be handed on.
  mutating func append(sumOf first: ModelChain, and second: ModelChain) throws -> Bool {
    let isSkip = { (chain: ModelChain) in
      chain.parts.count <= 1 && chain.parts.allSatisfy { $0.activation == nil }
    }
    let (skip, branch) = isSkip(first) ? (first, second) : (second, first)
    guard isSkip(skip) else { return false }
    var hidden = branch.parts
    let identity = Part(stage: try Pass(outputs), theta: [], activation: nil)
    if hidden.isEmpty { hidden = [identity] }
    if hidden.count == 1 || hidden[hidden.count - 1].activation != nil {
      let width = hidden[hidden.count - 1].stage.outputs
      hidden.append(Part(stage: try Pass(width), theta: [], activation: nil))
    }
    let kept = skip.parts.first ?? identity
    let pass = try Pass(kept.stage.outputs)
    for (index, part) in hidden.dropLast().enumerated() {
      let pair =
        try index == 0
        ? StagePair.fork(kept.stage, part.stage) : StagePair.parallel(pass, part.stage)
      parts.append(
        Part(
          stage: pair, theta: (index == 0 ? kept.theta : []) + part.theta,
          activation: try part.activation.map {
            try handing(on: kept.stage.outputs, beside: $0)
          } ?? Identity()))
    }
    let last = hidden[hidden.count - 1]
    parts.append(
      Part(stage: try StagePair.join(pass, last.stage), theta: last.theta, activation: nil))
    return true
  }

  /// The network and its parameters; stages without activations below the identity.
  func network() throws -> (network: Network, parameters: Parameters<Float>) {
    let parts =
      parts.isEmpty ? [Part(stage: try Pass(inputs), theta: [], activation: nil)] : parts
    let network = try Network(parts.map { Layer($0.stage, $0.activation ?? Identity()) })
    var parameters = Parameters<Float>(zerosFor: network)
    parameters.layers = parts.map(\.theta)
    return (network, parameters)
  }
}

extension ChannelScaling {
  /// A stage of its own: on images a convolution of one tap, each channel by itself.
  fileprivate func stage() throws -> (any AffineStage, [Tensor<Float>]) {
    let bias = try Tensor(shape: [offset.count], scalars: offset)
    if let image {
      let shape = try ConvolutionShape(
        input: image, channels: image.channels, kernel: Extent(1), groups: image.channels)
      let weight = try Tensor(shape: shape.weightShape, scalars: scale)
      return (Convolution(shape), [weight, bias])
    }
    let count = scale.count * plane
    let spread = { (numbers: [Float]) in (0..<count).map { numbers[$0 / plane] } }
    let stage = try BatchNormalisation(count)
    let root = Float((1 + stage.epsilon).squareRoot())
    return (
      stage,
      [
        try Tensor(shape: [count], scalars: spread(scale).map { $0 * root }),
        try Tensor(shape: [count], scalars: spread(offset)), Tensor(shape: [count]),
        Tensor(repeating: 1, shape: [count]),
      ]
    )
  }
}
