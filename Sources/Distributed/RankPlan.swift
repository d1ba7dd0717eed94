/// How several ranks are to share a training, as far as it has been said.
public struct RankPlan: Sendable, Equatable, Codable {
  /// The order of sums over samples; nil for the usual one.
  public var order: SumOrder?
  /// Into how many shards samples are cut; nil for the usual number.
  public var shards: Int?

  /// How many layers each rank has; nil for what the method suggests.
  public var layersPerRank: LayersPerRank?

  /// A plan; what is left out is chosen.
  public init(
    order: SumOrder? = nil, shards: Int? = nil, layersPerRank: LayersPerRank? = nil
  ) {
    (self.order, self.shards, self.layersPerRank) = (order, shards, layersPerRank)
  }

}
