import Tensors

/// The rows of a batch that are solved, as they were when they were: what the others still need does not
/// change them.
struct FinishedRows<S: TensorScalar> {
  /// The point and whatever else is kept of each row.
  private(set) var tensors: [Tensor<S>]
  private(set) var gaps: [Double]
  private var isOpen: [Bool]

  init(_ tensors: [Tensor<S>]) {
    self.tensors = tensors
    gaps = Array(repeating: .infinity, count: tensors[0].rows)
    isOpen = Array(repeating: true, count: gaps.count)
  }

  var areAll: Bool { !isOpen.contains(true) }

  /// Keeps the open rows whose gap is at most `enough`, or all that are open.
  mutating func keep(_ current: [Tensor<S>], _ gaps: [Double], enough: Double, all: Bool) {
    for row in gaps.indices where isOpen[row] && (all || gaps[row] <= enough) {
      for i in tensors.indices { tensors[i].copyRow(row, of: current[i]) }
      self.gaps[row] = gaps[row]
      isOpen[row] = false
    }
  }
}
