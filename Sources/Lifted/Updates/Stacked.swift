import Tensors

extension Tensor {
  /// The rows of several matrices, in order; at least one.
  package init(stacking parts: [Tensor]) {
    self.init(unfilled: [parts.reduce(0) { $0 + $1.rows }] + parts[0].shape.dropFirst())
    var start = 0
    for part in parts {
      precondition(part.columns == columns, "rows of \(columns) before rows of \(part.columns)")
      withMutablePointer { target in
        part.withPointer { (target + start).update(from: $0, count: part.count) }
      }
      start += part.count
    }
  }

  /// The rows of this matrix, then those of another: a difference of two gradients is the gradient of
  /// residuals `r` over `-r'` at inputs `x` over `x'`.
  func stacked(over other: Tensor) -> Tensor {
    Tensor(stacking: [self, other])
  }
}
