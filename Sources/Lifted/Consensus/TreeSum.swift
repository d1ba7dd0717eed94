import Tensors

extension Range<Int> {
  /// The halves of a node of the binary tree in whose order parts are added, whoever adds them:
  ///
  ///     sum(a..<b) = sum(a..<m) + sum(m..<b),   m - a the greatest power of two below b - a
  package var halves: (left: Range, right: Range) {
    var length = 1
    while 2 * length < count { length *= 2 }
    return (lowerBound..<(lowerBound + length), (lowerBound + length)..<upperBound)
  }
}

extension Tensor {
  /// The sum of at least one tensor of one shape, in the order of the tree.
  package static func treeSum(_ parts: [Tensor]) -> Tensor { sum(of: parts.indices, parts) }

  private static func sum(of node: Range<Int>, _ parts: [Tensor]) -> Tensor {
    guard node.count > 1 else { return parts[node.lowerBound] }
    var total = sum(of: node.halves.left, parts)
    total.combine(1, 1, sum(of: node.halves.right, parts))
    return total
  }
}
