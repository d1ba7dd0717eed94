/// How many layers a rank has.
public enum LayersPerRank: Sendable, Equatable, Codable {
  /// What a cost model finds best, from the network, the batch and the ranks.
  case auto
  /// So many, at least 1; the last ranks have what is left.
  case count(Int)
}
