import Lifted

/// Training samples in a fixed number of consecutive shards of nearly equal length, and which rank owns
/// which: consecutive ones, so that a rank's samples are consecutive, too.
///
///     shard k holds the samples  k N / S, …, (k + 1) N / S - 1     of N samples in S shards
///     rank  p owns  the shards   p S / P, …, (p + 1) S / P - 1     of P ranks
///
/// The shards do not depend on the ranks: sums over shards in a fixed order are the same for any number.
public struct Shards: Sendable, Equatable {
  /// `N`.
  public let samples: Int
  /// `S`.
  public let count: Int
  /// `P`.
  public let ranks: Int

  /// - Throws: ``Lifted/SolverError/unsuitable(_:)`` unless
  ///   `ranks <= count <= samples`.
  public init(_ count: Int, of samples: Int, over ranks: Int) throws(SolverError) {
    guard ranks >= 1, ranks <= samples else {
      throw .unsuitable(
        "\(samples) training samples for \(ranks) ranks; start at most one rank for each sample")
    }
    guard (ranks...samples).contains(count) else {
      throw .unsuitable(
        "\(count) shards; it must be at least the \(ranks) ranks and at most the \(samples) samples"
      )
    }
    (self.samples, self.count, self.ranks) = (samples, count, ranks)
  }

  /// The samples of consecutive shards.
  public func samples(of shards: Range<Int>) -> Range<Int> {
    (shards.lowerBound * samples / count)..<(shards.upperBound * samples / count)
  }

  /// The shards of a rank.
  public func owned(by rank: Int) -> Range<Int> {
    (rank * count / ranks)..<((rank + 1) * count / ranks)
  }

  /// The samples of a rank in the parts that are worked on by themselves: one for each shard, or one for all
  /// where order does not matter.
  func parts(_ order: SumOrder, _ communicator: any Communicator) -> [Range<Int>] {
    let own = owned(by: communicator.rank)
    return order == .fast ? [samples(of: own)] : own.map { samples(of: $0..<($0 + 1)) }
  }

  /// The shard of a sample.
  public func shard(of sample: Int) -> Int { ((sample + 1) * count - 1) / samples }

  /// The rank that owns a shard.
  public func owner(of shard: Int) -> Int { ((shard + 1) * ranks - 1) / count }
}
