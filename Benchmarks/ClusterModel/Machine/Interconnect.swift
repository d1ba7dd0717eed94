/// What joins the nodes: every node can send and receive at full bandwidth at once, to any other.
public struct Interconnect: Codable, Equatable, Sendable {
  /// Seconds from the end of sending to the receiver's having it.
  public var latency: Double
  /// Bytes a second.
  public var bandwidth: Double
  /// Bytes a second at which sums over ranks get on, adding included; `nil` for the bandwidth.
  public var sumBandwidth: Double?

  /// - Throws: ``ModelError`` for a latency below 0 or a bandwidth that is not above.
  public init(
    latency: Double, bandwidth: Double, sumBandwidth: Double? = nil
  ) throws(ModelError) {
    try ModelError.require(latency, "latency")
    for value in [bandwidth, sumBandwidth ?? bandwidth] where !(value > 0) {
      throw ModelError("bandwidth is \(value); it must be above 0 bytes a second")
    }
    (self.latency, self.bandwidth, self.sumBandwidth) = (latency, bandwidth, sumBandwidth)
  }

  /// Seconds for which a message keeps its sender's link busy: `N / B`.
  public func sending(_ bytes: Double) -> Double { bytes / bandwidth }

  /// Seconds of an all-reduce, all ranks entering at once; 0 for one rank.
  public func allReduce(_ bytes: Double, ranks p: Int, by algorithm: AllReduce) -> Double {
    let moved = 2 * Double(p - 1) / Double(p) * bytes
    return moved / (sumBandwidth ?? bandwidth) + Double(algorithm.rounds(ranks: p)) * latency
  }
}
