import Interchange
import Proximal
import Tensors

extension ONNXOperation {
  /// Activations; `nil` for other operations.
  func activation() throws(FormatError) -> Result? {
    if node.operation == "HardSigmoid" { return try hardSigmoid() }
    let activation = try checked { () throws(any Error) in try proximalMap() }
    return activation.map { ([.activation($0)], extents) }
  }

  private func proximalMap() throws -> (any Activation)? {
    switch node.operation {
    case "Relu": ReLU()
    case "LeakyRelu": try leakyReLU(slope: real("alpha", default: 0.01))
    case "PRelu": try leakyReLU(slope: commonSlope())
    case "Elu": try ELU(alpha: real("alpha", default: 1))
    case "Celu" where try real("alpha", default: 1) == 1: try ELU(alpha: 1)
    case "Sigmoid": Sigmoid()
    case "Tanh": Tanh()
    case "Softplus": Softplus()
    case "Softsign": Softsign()
    case "Atan": Arctan()
    case "Asinh": Asinh()
    case "Clip": try clip()
    case "Shrink": try softThreshold()
    case "Softmax": try softmax()
    default: nil
    }
  }

  private func leakyReLU(slope: Double) throws -> any Activation {
    slope == 0 ? ReLU() : try LeakyReLU(slope: slope)
  }

  /// The slope of a PReLU that has one for all channels.
  private func commonSlope() throws(FormatError) -> Double {
    let slopes = try requiredConstant(1, "slope").scalars
    guard let slope = slopes.first, slopes.allSatisfy({ $0 == slope }) else {
      throw refused(
        "has different slopes for its channels", "train with one slope, or with LeakyRelu")
    }
    return Double("\(slope)") ?? Double(slope)
  }

  private func clip() throws -> any Activation {
    let (lower, upper) = (try bound(1, "min"), try bound(2, "max"))
    switch (lower, upper) {
    case (0, nil): return ReLU()
    case (let lower?, let upper?): return try Clip(lower: lower, upper: upper)
    default:
      throw refused("has one bound only", "clip on both sides, or at 0 from below, which is Relu")
    }
  }

  /// A bound; `nil` if there is none, or it is the least or greatest number there is.
  private func bound(_ place: Int, _ name: String) throws(FormatError) -> Double? {
    guard opset >= 11 else {
      guard node[name] != nil else { return nil }
      let bound = try real(name, default: 0)
      return abs(bound) < Double(Float.greatestFiniteMagnitude) ? bound : nil
    }
    guard let bound = try constant(place, name) else { return nil }
    guard bound.count == 1 else { throw broken("has a \(name) of \(bound.count) numbers") }
    let number = bound.scalars[0]
    return abs(number) < .greatestFiniteMagnitude ? Double("\(number)") ?? Double(number) : nil
  }

  private func softThreshold() throws -> any Activation {
    let (alpha, bias) = (try real("lambd", default: 0.5), try real("bias", default: 0))
    guard alpha == bias else {
      throw refused("jumps at its threshold", "its bias must be equal to lambd")
    }
    return try SoftThreshold(alpha: alpha)
  }

  private func softmax() throws(FormatError) -> any Activation {
    let axis = try integer("axis", default: opset >= 13 ? -1 : 1)
    guard extents.count == 1, axis == 1 || axis == -1 else {
      throw refused("is not over all numbers of a row", "put a Flatten before it, or leave it out")
    }
    return Softmax()
  }

  /// `min(max(alpha z + beta, 0), 1)`: a scaling and a projection.
  private func hardSigmoid() throws(FormatError) -> Result {
    let (alpha, beta) = (try real("alpha", default: 0.2), try real("beta", default: 0.5))
    let scaled = try scaled(by: [Float(alpha)], adding: [Float(beta)])
    return (scaled.steps + [.activation(Clip.hardSigmoid)], extents)
  }
}
