import Lifted
import Tensors

/// A batch whose samples are on several ranks.
struct GridBatch {
  /// Samples of the whole batch.
  let count: Int
  /// This rank's samples, in the order of the batch.
  let own: [Int]
  /// The rows of the batch that each part of the samples has.
  let rows: [[Int]]
  private let first: Int
  private let all: Int

  init(_ chosen: [Int], of training: LayerParallelTraining) {
    let shards = training.shards
    var rows: [[Int]] = Array(repeating: [], count: training.grid.parts)
    for (row, sample) in chosen.enumerated() { rows[shards.shard(of: sample)].append(row) }
    (count, self.rows) = (chosen.count, rows)
    own = rows[training.part].map { chosen[$0] }
    (first, all) = (training.ownSamples.lowerBound, shards.samples)
  }

  /// Where its samples are in a table of all samples, or of this rank's.
  func places<S: TensorScalar>(in table: Tensor<S>) -> [Int] {
    table.rows == all ? own : own.map { $0 - first }
  }
}
