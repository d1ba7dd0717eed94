import Lifted
import Tensors

/// How sums over the samples of a batch are formed by several ranks.
public enum SumOrder: String, Sendable, Codable, CaseIterable {
  /// Each rank adds up its own samples, and the library the ranks' sums, in an order of its own: equal to one
  /// process to rounding.
  case fast
  /// Each shard is worked on by itself, and shards' sums are added in the order of a fixed tree: the same
  /// bits for any number of ranks. Shards are small batches, so that a step takes longer.
  case deterministic
}

/// One sum over shards, under way. Every rank starts it with the summands of its own shards, in order (one
/// for all of them together if the order is ``SumOrder/fast``), does something else, and waits for the
/// outcome.
///
/// With `n` numbers, `P` ranks and the tree's `C` crossings (``ShardTree``; `P - 1` where each rank owns a
/// subtree) all ranks together give away `P n` numbers if fast, `(C + 1) n` if deterministic.
final class ShardSum<S: TensorScalar & Transferable> {
  private let communicator: any Communicator
  private let tree: ShardTree
  private let tag: Int
  private let shape: [Int]
  private var parts: [Int: Tensor<S>] = [:]
  private var pending: PendingTensor<S>?
  private var sent: [PendingTensor<S>] = []
  private var isSummed = false

  /// - Parameters:
  ///   - parts: the summands, of one shape.
  ///   - order: how to add them.
  ///   - tag: sums that are under way at the same time have different ones.
  convenience init(
    _ parts: [Tensor<S>], _ order: SumOrder, over shards: Shards, _ communicator: any Communicator,
    tag: Int
  ) throws(CommunicationError) {
    try self.init(
      together: parts.map { [$0] }, shape: parts.first?.shape, order, over: shards, communicator,
      tag: tag)
  }

  /// The same of summands that are several tensors each, which travel together; ``wait(for:)`` has the parts
  /// of the sum.
  init(
    together parts: [[Tensor<S>]], shape: [Int]? = nil, _ order: SumOrder, over shards: Shards,
    _ communicator: any Communicator, tag: Int
  ) throws(CommunicationError) {
    self.communicator = communicator
    (tree, self.tag) = (ShardTree(shards: shards), tag)
    self.shape = shape ?? [parts.first?.reduce(0) { $0 + $1.count } ?? 0]
    switch order {
    case .fast: pending = try communicator.startAllReduce(joining: parts[0])
    case .deterministic:
      let own = shards.owned(by: communicator.rank)
      for (shard, part) in zip(own, parts) {
        self.parts[shard] = shape == nil ? Tensor(joining: part) : part[0]
      }
      // Ranks that wait for nobody send at once.
      if !receives(in: tree.root) { try addUp() }
    }
  }

  /// Helps the library to get on with it.
  func advance() throws(CommunicationError) { _ = try pending?.isDone() }

  /// The sum; the same on all ranks.
  func wait() throws(CommunicationError) -> Tensor<S> {
    if let pending { return try pending.wait(for: [shape])[0] }
    try addUp()
    for message in sent { try message.finish() }
    var sum = parts[0] ?? Tensor(shape: shape)
    if communicator.size > 1 { try communicator.broadcast(&sum) }
    return sum
  }

  /// The sum in parts of given shapes, one after another.
  func wait(for shapes: [[Int]]) throws(CommunicationError) -> [Tensor<S>] {
    if let pending { return try pending.wait(for: shapes) }
    return try wait().split(into: shapes)
  }

  private func addUp() throws(CommunicationError) {
    guard !isSummed else { return }
    isSummed = true
    try addUp(tree.root)
  }

  /// Forms the sums of a node that are this rank's to form; that of the node stands in the place of its first
  /// shard.
  private func addUp(_ node: Range<Int>) throws(CommunicationError) {
    let rank = communicator.rank
    guard node.count > 1, concerns(node) else { return }
    let (left, right) = node.halves
    try addUp(left)
    try addUp(right)
    let (keeper, giver) = (tree.holder(of: left), tree.holder(of: right))
    if giver == rank, keeper != rank, let sum = parts[right.lowerBound] {
      sent.append(try communicator.startSend(sum, to: keeper, tag: tag))
    } else if keeper == rank {
      var sum = Tensor<S>(shape: shape)
      if giver == rank {
        sum = parts[right.lowerBound] ?? sum
      } else {
        try communicator.receive(&sum, from: giver, tag: tag)
      }
      parts[right.lowerBound] = nil
      parts[left.lowerBound]?.combine(1, 1, sum)
    }
  }

  private func concerns(_ node: Range<Int>) -> Bool {
    tree.shards.owned(by: communicator.rank).overlaps(node)
  }

  private func receives(in node: Range<Int>) -> Bool {
    guard node.count > 1, concerns(node) else { return false }
    let (left, right) = node.halves
    let (keeper, giver) = (tree.holder(of: left), tree.holder(of: right))
    return keeper == communicator.rank && giver != keeper || receives(in: left)
      || receives(in: right)
  }
}
