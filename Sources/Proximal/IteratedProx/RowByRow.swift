import Tensors

/// Batches solved row by row, many rows side by side or one with all threads.
///
/// For methods whose steps follow the data: what one row needs must not change another.
struct RowByRow {
  let pool: WorkerPool

  /// `made[row] = solve(row, pool of that row)`.
  func map<Result>(_ rows: Int, _ solve: (Int, WorkerPool) -> Result) -> [Result] {
    guard rows > 1 else { return (0..<rows).map { solve($0, pool) } }
    var made = [Result?](repeating: nil, count: rows)
    made.withUnsafeMutableBufferPointer { made in
      let made = made.baseAddress
      pool.forEach(rows) { made?[$0] = solve($0, WorkerPool(threads: 1)) }
    }
    return made.compactMap { $0 }
  }

  /// Replaces each row by what `solve` makes of it, and of what `memory` kept of it.
  func solve<S: TensorScalar>(
    _ u: inout Tensor<S>, _ memory: inout RegulariserMemory<S>,
    _ solve: (inout Tensor<S>, inout RegulariserMemory<S>, WorkerPool) -> Void
  ) {
    let (before, kept) = (u, memory)
    let made = map(u.rows) { row, pool in
      var part = (u: before.rows(row..<row + 1), memory: kept)
      let isKept = kept.tensors.allSatisfy { $0.rows == before.rows }
      part.memory.tensors = isKept ? kept.tensors.map { $0.rows(row..<row + 1) } : []
      solve(&part.u, &part.memory, pool)
      return part
    }
    for (row, part) in made.enumerated() { u.setRow(row, to: part.u) }
    memory.tensors = Tensor.stacked(made.map(\.memory.tensors))
    memory.note(
      gaps: made.flatMap(\.memory.gaps),
      iterations: made.reduce(0) { max($0, $1.memory.iterations) })
  }
}

extension Tensor {
  /// The tensors of several rows, one below another: of each list the first, the second, ….
  fileprivate static func stacked(_ lists: [[Tensor]]) -> [Tensor] {
    (lists.first ?? []).indices.map { place in
      var all = Tensor(shape: [lists.count] + lists[0][place].shape.dropFirst())
      for (row, list) in lists.enumerated() { all.setRow(row, to: list[place]) }
      return all
    }
  }
}
