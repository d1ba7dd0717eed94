import Interchange
import Tensors

extension ONNXOperation {
  /// Batch normalisation, and constants added and multiplied; `nil` for other operations.
  func scaling() throws(FormatError) -> Result? {
    switch node.operation {
    case "BatchNormalization": try batchNormalisation()
    case "Add", "Sub", "Mul", "Div": try arithmetic()
    default: nil
    }
  }

  /// Number by number with a scale and an offset for each channel, one of each for all, or for all numbers.
  func scaled(by scale: [Float], adding offset: [Float]) throws(FormatError) -> Result {
    let image = extents.count == 3 ? try image() : nil
    let channels = extents.first ?? 1
    let spread = { (numbers: [Float]) in
      numbers.count == channels ? numbers : [Float](repeating: numbers[0], count: channels)
    }
    let (scale, offset) = (spread(scale), spread(offset))
    guard (scale + offset).allSatisfy(\.isFinite) else {
      throw refused("divides by zero, or by a number close to it", "check the model's training")
    }
    let scaling = ChannelScaling(
      scale: scale, offset: offset, image: image, plane: count / channels)
    return ([.scaling(scaling)], extents)
  }

  private func batchNormalisation() throws(FormatError) -> Result {
    guard try integer("training_mode", default: 0) == 0 else {
      throw refused("is in training mode", "export the model in evaluation mode")
    }
    let epsilon = try real("epsilon", default: 1e-5)
    var numbers = [[Double]]()
    for (place, what) in ["scale", "offset", "mean", "variance"].enumerated() {
      let tensor = try requiredConstant(place + 1, what)
      guard tensor.shape == [extents.first ?? 0] else {
        throw broken(
          "has a \(what) of shape \(tensor.shape) for \(Self.text(extents))")
      }
      numbers.append(tensor.scalars.map(Double.init))
    }
    let scale = zip(numbers[0], numbers[3]).map { $0 / ($1 + epsilon).squareRoot() }
    let offset = zip(zip(numbers[1], numbers[2]), scale).map { $0.0 - $0.1 * $1 }
    return try scaled(by: scale.map { Float($0) }, adding: offset.map { Float($0) })
  }

  private func arithmetic() throws(FormatError) -> Result {
    guard node.inputs.count == 2 else { throw broken("has \(node.inputs.count) inputs") }
    guard let place = node.inputs.firstIndex(where: { constants[$0] != nil }) else {
      throw refused(
        "combines two values that depend on what goes in",
        "only the sum of two paths from one value is a layer; SiLU, gates and attention are not")
    }
    let numbers = try channelConstant(place)
    switch (node.operation, place) {
    case ("Add", _): return try scaled(by: [1], adding: numbers)
    case ("Sub", 1): return try scaled(by: [1], adding: numbers.map { -$0 })
    case ("Sub", _): return try scaled(by: [-1], adding: numbers)
    case ("Mul", _): return try scaled(by: numbers, adding: [0])
    case ("Div", 1): return try scaled(by: numbers.map { 1 / $0 }, adding: [0])
    default: throw refused("divides by what comes in", "that is not affine")
    }
  }

  /// A constant that is one number, or one for each channel.
  private func channelConstant(_ place: Int) throws(FormatError) -> [Float] {
    let tensor = try requiredConstant(place, "constant")
    var shape = tensor.shape[...]
    while shape.first == 1, shape.count > extents.count { shape = shape.dropFirst() }
    let isOne = tensor.count == 1 && tensor.shape.count <= extents.count + 1
    let isForChannels =
      shape.count == extents.count && shape.first == extents.first
      && shape.dropFirst().allSatisfy { $0 == 1 }
    guard isOne || isForChannels else {
      throw refused(
        "has a constant of shape \(tensor.shape) for \(Self.text(extents))",
        "only one number, or one for each channel, is supported")
    }
    return tensor.scalars
  }
}
