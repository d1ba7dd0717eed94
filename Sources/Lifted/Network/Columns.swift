import Tensors

// Parts of rows: networks that are no plain chain keep several variables side by side in a row.

extension Tensor {
  /// A copy of some columns of a matrix. Cost: one pass over them.
  func columns(_ range: Range<Int>, on pool: WorkerPool) -> Tensor {
    var part = Tensor(unfilled: [rows, range.count])
    part.setColumns(from: 0, to: self, range, on: pool)
    return part
  }

  /// The columns of this matrix, then those of another with as many rows.
  func beside(_ other: Tensor, on pool: WorkerPool) -> Tensor {
    var both = Tensor(unfilled: [rows, columns + other.columns])
    both.setColumns(from: 0, to: self, on: pool)
    both.setColumns(from: columns, to: other, on: pool)
    return both
  }

  /// Writes a matrix, or some columns of it, over columns of this one, from `column` on.
  mutating func setColumns(
    from column: Int, to other: Tensor, _ range: Range<Int>? = nil, on pool: WorkerPool
  ) {
    forEachRow(from: column, with: other, range, on: pool) { target, source, count in
      target.update(from: source, count: count)
    }
  }

  /// Adds `factor` times a matrix, or some columns of it, to columns of this one, from `column` on.
  mutating func addColumns(
    from column: Int, _ factor: Scalar, _ other: Tensor, _ range: Range<Int>? = nil,
    on pool: WorkerPool
  ) {
    forEachRow(from: column, with: other, range, on: pool) { target, source, count in
      Scalar.combine(1, target, factor, source, into: target, count: count)
    }
  }

  /// Runs `work` on columns of each row, from `column` on, with as many of another matrix.
  private mutating func forEachRow(
    from column: Int, with other: Tensor, _ range: Range<Int>?, on pool: WorkerPool,
    _ work: (UnsafeMutablePointer<Scalar>, UnsafePointer<Scalar>, _ count: Int) -> Void
  ) {
    let (width, range) = (columns, range ?? 0..<other.columns)
    precondition(
      rows == other.rows && range.upperBound <= other.columns && column + range.count <= width,
      "columns \(range) of \(other.shape) from column \(column) on of a matrix of shape \(shape)")
    let from = (start: range.lowerBound, width: other.columns)
    other.withPointer { source in
      forEachBand(on: pool, width: range.count) { tile, target in
        for row in tile.rows {
          work(target + row * width + column, source + row * from.width + from.start, range.count)
        }
      }
    }
  }

  /// Lets `body` compute some columns, or all of them if there is no range, and writes or adds them.
  mutating func put(
    at range: Range<Int>?, adding: Bool, on pool: WorkerPool, _ body: (inout Tensor) -> Void
  ) {
    guard range != nil || adding else { return body(&self) }
    var part = Tensor(shape: [rows, range?.count ?? columns])
    body(&part)
    if adding {
      addColumns(from: range?.lowerBound ?? 0, 1, part, on: pool)
    } else {
      setColumns(from: range?.lowerBound ?? 0, to: part, on: pool)
    }
  }
}
