import Tensors

// Variables that a method keeps of every sample are lent to a step for the samples of its batch. A
// batch of all samples gets them whole and without a copy.
extension TrainingState {
  /// `batch[k] <- ` the chosen rows of the k-th kept variable, of `widths[k]` numbers; makes all of
  /// them at the first step, filled with zeros.
  mutating func lend(
    _ batch: inout [Tensor<S>], _ chosen: ArraySlice<Int>, of samples: Int, _ widths: [Int]
  ) {
    batch = []
    if kept.map(\.shape) != widths.map({ [samples, $0] }) {
      kept = widths.map { Tensor(shape: [samples, $0]) }
    }
    if chosen.count == samples {
      swap(&batch, &kept)
    } else {
      batch = kept.map { $0.gathering(rows: chosen) }
    }
  }

  /// The kept variables' chosen rows `<- batch`.
  mutating func takeBack(_ batch: inout [Tensor<S>], _ chosen: ArraySlice<Int>) {
    if kept.isEmpty {
      swap(&batch, &kept)
    } else {
      for k in batch.indices { kept[k].setRows(chosen, to: batch[k]) }
    }
    batch = []
  }
}

extension Tensor {
  /// The given rows, in order, as a tensor of their own.
  package func gathering(rows: some Collection<Int>) -> Tensor {
    var gathered = Tensor(shape: [rows.count] + shape.dropFirst())
    let width = columns
    withPointer { source in
      gathered.withMutablePointer { target in
        for (k, row) in rows.enumerated() {
          (target + k * width).update(from: source + row * width, count: width)
        }
      }
    }
    return gathered
  }

  /// The given rows `<- ` those of `values`, in order.
  package mutating func setRows(_ rows: some Collection<Int>, to values: Tensor) {
    precondition(rows.count == values.rows && columns == values.columns, "rows that do not fit")
    let width = columns
    values.withPointer { source in
      withMutablePointer { target in
        for (k, row) in rows.enumerated() {
          (target + row * width).update(from: source + k * width, count: width)
        }
      }
    }
  }
}
