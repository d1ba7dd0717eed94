/// The order in which sums over shards are formed: a binary tree over `0..<shards`, whatever the ranks.
///
///     sum(a..<b) = sum(a..<m) + sum(m..<b),   m - a the greatest power of two below b - a
///
/// A node's sum is formed by the rank that owns its first shard. Where ranks own whole subtrees of equal
/// size, that is recursive doubling towards rank 0.
struct ShardTree: Sendable {
  let shards: Shards

  var root: Range<Int> { 0..<shards.count }

  func holder(of node: Range<Int>) -> Int { shards.owner(of: node.lowerBound) }

  /// The two halves of a node of at least two shards.
  func halves(of node: Range<Int>) -> (Range<Int>, Range<Int>) {
    var length = 1
    while 2 * length < node.count { length *= 2 }
    let middle = node.lowerBound + length
    return (node.lowerBound..<middle, middle..<node.upperBound)
  }

  /// How many sums travel from one rank to another on the way up: the nodes whose halves' sums are formed by
  /// different ranks. `ranks - 1` if each rank owns a subtree.
  func crossings(in node: Range<Int>) -> Int {
    guard node.count > 1 else { return 0 }
    let (left, right) = halves(of: node)
    return crossings(in: left) + crossings(in: right)
      + (holder(of: left) == holder(of: right) ? 0 : 1)
  }
}
