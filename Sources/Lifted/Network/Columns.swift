import Tensors

// Parts of rows: networks that are no plain chain keep several variables side by side in a row.

extension Tensor {
  /// A copy of some columns of a matrix. Cost: one pass over them.
  func columns(_ range: Range<Int>, on pool: WorkerPool) -> Tensor {
    var part = Tensor(shape: [rows, range.count])
    let width = columns
    precondition(range.upperBound <= width, "columns \(range) of \(width)")
    withPointer { source in
      part.forEachBand(on: pool) { tile, target in
        for row in tile.rows {
          (target + row * range.count).update(
            from: source + row * width + range.lowerBound, count: range.count)
        }
      }
    }
    return part
  }

  /// Writes a matrix over columns of this one, from `column` on.
  mutating func setColumns(from column: Int, to part: Tensor, on pool: WorkerPool) {
    let (width, count) = (columns, part.columns)
    precondition(
      rows == part.rows && column + count <= width,
      "a part of shape \(part.shape) from column \(column) on of a matrix of shape \(shape)")
    part.withPointer { source in
      forEachBand(on: pool) { tile, target in
        for row in tile.rows {
          (target + row * width + column).update(from: source + row * count, count: count)
        }
      }
    }
  }

  /// Adds `factor` times a matrix to columns of this one, from `column` on.
  mutating func addColumns(
    from column: Int, _ factor: Scalar, _ part: Tensor, on pool: WorkerPool
  ) {
    let (width, count) = (columns, part.columns)
    precondition(
      rows == part.rows && column + count <= width,
      "a part of shape \(part.shape) from column \(column) on of a matrix of shape \(shape)")
    part.withPointer { source in
      forEachBand(on: pool) { tile, target in
        for row in tile.rows {
          let to = target + row * width + column
          Scalar.combine(1, to, factor, source + row * count, into: to, count: count)
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
