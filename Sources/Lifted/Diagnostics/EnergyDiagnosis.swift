/// How a method stands that minimises one energy over a batch's variables and weights.
public struct EnergyDiagnosis: Sendable, Equatable, Codable {
  /// The energy.
  public var objective: Double
  /// The largest of the blocks' distances from being stationary; see ``BlockDescent/stationarity(_:on:)``.
  public var stationarity: Double?
  /// The mean over samples of each layer's penalty, without its weight.
  public var penalties: [Double]?
  /// The root mean square of `x_l - sigma(z_l)` for each layer: how far the variables are from the
  /// network.
  public var consistencyGaps: [Double]?

  /// A diagnosis of given figures.
  public init(
    objective: Double, stationarity: Double? = nil, penalties: [Double]? = nil,
    consistencyGaps: [Double]? = nil
  ) {
    (self.objective, self.stationarity) = (objective, stationarity)
    (self.penalties, self.consistencyGaps) = (penalties, consistencyGaps)
  }
}
