/// What joins the nodes: every node can send and receive at full bandwidth at once, to any other.
public struct Interconnect: Codable, Equatable, Sendable {
  /// Seconds from the end of sending to the receiver's having it.
  public var latency: Double
  /// Bytes a second.
  public var bandwidth: Double
  /// Bytes a second at which sums over ranks get on, adding included; `nil` for the bandwidth.
  public var sumBandwidth: Double?
  /// Messages longer than this wait until the receiver has agreed, 2 latencies more; `nil` for none that do.
  public var eagerBytes: Double?

  /// - Throws: ``ModelError`` for a latency below 0 or a bandwidth that is not above.
  public init(
    latency: Double, bandwidth: Double, sumBandwidth: Double? = nil, eagerBytes: Double? = nil
  ) throws(ModelError) {
    try ModelError.require(latency, "latency")
    try ModelError.require(eagerBytes ?? 0, "eagerBytes")
    for value in [bandwidth, sumBandwidth ?? bandwidth] where !(value > 0) {
      throw ModelError("bandwidth is \(value); it must be above 0 bytes a second")
    }
    (self.latency, self.bandwidth) = (latency, bandwidth)
    (self.sumBandwidth, self.eagerBytes) = (sumBandwidth, eagerBytes)
  }

  /// Seconds for which a message keeps its sender's link busy: `N / B`.
  public func sending(_ bytes: Double) -> Double { bytes / bandwidth }

  /// Seconds that a message is on its way besides: `L`, or `3 L`.
  public func delay(_ bytes: Double) -> Double {
    bytes > eagerBytes ?? .infinity ? 3 * latency : latency
  }

  /// Seconds of an all-reduce, all ranks entering at once; 0 for one rank.
  public func allReduce(_ bytes: Double, ranks p: Int, by algorithm: AllReduce) -> Double {
    moving(bytes, ranks: p) + waiting(bytes, ranks: p, by: algorithm)
  }

  /// The part of an all-reduce in which bytes move, `2 (p-1)/p N/B`.
  func moving(_ bytes: Double, ranks p: Int) -> Double {
    2 * Double(p - 1) / Double(p) * bytes / (sumBandwidth ?? bandwidth)
  }

  /// The part of an all-reduce in which its rounds wait for one another. Several sums wait side by side.
  func waiting(_ bytes: Double, ranks p: Int, by algorithm: AllReduce) -> Double {
    Double(algorithm.rounds(ranks: p)) * delay(bytes / Double(p))
  }
}
