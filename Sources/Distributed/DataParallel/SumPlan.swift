/// How sums over samples are formed: what the bits of a training depend on beside its recipe.
public struct SumPlan: Sendable, Equatable, Codable {
  /// In which order.
  public let order: SumOrder
  /// Over how many shards.
  public let shards: Int

  public init(_ order: SumOrder, shards: Int = DataParallelTraining.usualShards) {
    (self.order, self.shards) = (order, shards)
  }
}
