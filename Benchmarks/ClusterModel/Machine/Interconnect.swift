/// What joins the nodes: every node can send and receive at full bandwidth at once, to any other.
public struct Interconnect: Codable, Equatable, Sendable {
  /// Seconds from the end of sending to the receiver's having it.
  public var latency: Double
  /// Bytes a second.
  public var bandwidth: Double

  /// - Throws: ``ModelError`` for a latency below 0 or a bandwidth that is not above.
  public init(latency: Double, bandwidth: Double) throws(ModelError) {
    try ModelError.require(latency, "latency")
    guard bandwidth > 0 else {
      throw ModelError("bandwidth is \(bandwidth); it must be above 0 bytes a second")
    }
    (self.latency, self.bandwidth) = (latency, bandwidth)
  }

  /// Seconds for which a message keeps its sender's link busy: `N / B`.
  public func sending(_ bytes: Double) -> Double { bytes / bandwidth }

  /// Seconds of an all-reduce, all ranks entering at once; 0 for one rank.
  public func allReduce(_ bytes: Double, ranks p: Int, by algorithm: AllReduce) -> Double {
    let moved = 2 * Double(p - 1) / Double(p) * sending(bytes)
    return moved + Double(algorithm.rounds(ranks: p)) * latency
  }
}
