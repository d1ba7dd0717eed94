/// Nodes that are alike, and what joins them.
public struct Cluster: Codable, Equatable, Sendable {
  /// One rank.
  public var node: Node
  /// What joins the ranks.
  public var interconnect: Interconnect
  /// How sums over ranks are formed.
  public var allReduce: AllReduce
  /// Ranks that share a machine.
  public var ranksPerMachine: Int
  /// How many of them can compute at a time.
  public var coresPerMachine: Int

  /// - Throws: ``ModelError`` for counts below 1.
  public init(
    node: Node, interconnect: Interconnect, allReduce: AllReduce = .ring,
    ranksPerMachine: Int = 1, coresPerMachine: Int = 1
  ) throws(ModelError) {
    try ModelError.requirePositive(ranksPerMachine, "ranksPerMachine")
    try ModelError.requirePositive(coresPerMachine, "coresPerMachine")
    (self.node, self.interconnect, self.allReduce) = (node, interconnect, allReduce)
    (self.ranksPerMachine, self.coresPerMachine) = (ranksPerMachine, coresPerMachine)
  }
}
