/// What one layer looked like at one row of the history.
public struct LayerRecord: Codable, Equatable, Sendable {
  /// Mean penalty per sample, `B(x_l, z_l)`; at least 0.
  public var penalty: Double
  /// Consistency gap: the root mean square of `x_l - sigma(z_l)` over samples and units, at the
  /// variables of a method that minimises one energy, else after one sweep from the forward pass.
  public var consistencyGap: Double
  /// Fraction of units that are not zero, in `0...1`.
  public var activeFraction: Double

  /// A record of given figures.
  public init(penalty: Double, consistencyGap: Double, activeFraction: Double) {
    self.penalty = penalty
    self.consistencyGap = consistencyGap
    self.activeFraction = activeFraction
  }
}
