import Lifted

/// The order in which sums over shards are formed: the binary tree over `0..<shards` that `Range.halves` cuts,
/// whatever the ranks.
///
/// A node's sum is formed by the rank that owns its first shard. Where ranks own whole subtrees of equal
/// size, that is recursive doubling towards rank 0.
struct ShardTree: Sendable {
  let shards: Shards

  var root: Range<Int> { 0..<shards.count }

  func holder(of node: Range<Int>) -> Int { shards.owner(of: node.lowerBound) }

  /// How many sums travel from one rank to another on the way up: the nodes whose halves' sums are formed by
  /// different ranks. `ranks - 1` if each rank owns a subtree.
  func crossings(in node: Range<Int>) -> Int {
    guard node.count > 1 else { return 0 }
    let (left, right) = node.halves
    return crossings(in: left) + crossings(in: right)
      + (holder(of: left) == holder(of: right) ? 0 : 1)
  }
}
