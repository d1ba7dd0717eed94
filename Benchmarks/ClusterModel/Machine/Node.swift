/// How fast one node computes.
public struct Node: Codable, Equatable, Sendable {
  /// `X W^T`, as in the forward pass.
  public var forward: ProductRates
  /// `R W`, as in the pass back.
  public var adjoint: ProductRates
  /// `R^T X`, as in the weights' gradient.
  public var gradient: ProductRates
  /// Seconds of one pass over one number of a layer's variable: an activation, a residual, a prox.
  public var secondsPerNumber: Double
  /// Seconds of the update of one weight.
  public var secondsPerWeight: Double

  /// - Throws: ``ModelError`` for times below 0.
  public init(
    forward: ProductRates, adjoint: ProductRates, gradient: ProductRates,
    secondsPerNumber: Double, secondsPerWeight: Double
  ) throws(ModelError) {
    try ModelError.require(secondsPerNumber, "secondsPerNumber")
    try ModelError.require(secondsPerWeight, "secondsPerWeight")
    (self.forward, self.adjoint, self.gradient) = (forward, adjoint, gradient)
    (self.secondsPerNumber, self.secondsPerWeight) = (secondsPerNumber, secondsPerWeight)
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      forward: values.decode(ProductRates.self, forKey: .forward),
      adjoint: values.decode(ProductRates.self, forKey: .adjoint),
      gradient: values.decode(ProductRates.self, forKey: .gradient),
      secondsPerNumber: values.decode(Double.self, forKey: .secondsPerNumber),
      secondsPerWeight: values.decode(Double.self, forKey: .secondsPerWeight))
  }
}
