import Tensors

// Operations on batches that share their rows among threads.
extension Tensor {
  /// `self <- a self + b other`, shapes equal.
  mutating func combine(_ a: Scalar, _ b: Scalar, _ other: Tensor, on pool: WorkerPool) {
    precondition(shape == other.shape, "sum of shapes \(shape) and \(other.shape)")
    let (count, piece) = (count, 16_384)
    withMutablePointer { x in
      other.withPointer { y in
        pool.forEach((count + piece - 1) / piece) {
          let x = x + $0 * piece
          let part = min(piece, count - $0 * piece)
          Scalar.combine(a, x, b, y + $0 * piece, into: x, count: part)
        }
      }
    }
  }

  /// `<x, y>` of each pair of rows.
  func dots(_ other: Tensor, on pool: WorkerPool) -> [Double] {
    precondition(shape == other.shape, "products of shapes \(shape) and \(other.shape)")
    return other.withPointer { y in
      eachRow(on: pool) { row, x in Scalar.dot(x, y + row * columns, count: columns) }
    }
  }

  /// Columns `range` of a matrix.
  func columns(_ range: Range<Int>) -> Tensor {
    var part = Tensor(unfilled: [rows, range.count])
    let (rows, columns) = (rows, columns)
    withPointer { x in
      part.withMutablePointer { part in
        for row in 0..<rows {
          (part + row * range.count).initialize(
            from: x + row * columns + range.lowerBound, count: range.count)
        }
      }
    }
    return part
  }

  /// Puts a matrix in the place of columns `range`.
  mutating func setColumns(_ range: Range<Int>, to part: Tensor) {
    let (rows, columns) = (rows, columns)
    precondition(part.rows == rows && part.columns == range.count)
    withMutablePointer { x in
      part.withPointer { part in
        for row in 0..<rows {
          (x + row * columns + range.lowerBound).update(
            from: part + row * range.count, count: range.count)
        }
      }
    }
  }

  /// Takes one row over from a tensor of the same shape.
  mutating func copyRow(_ row: Int, of other: Tensor) {
    precondition(columns == other.columns && row < other.rows)
    let columns = columns
    withMutablePointer { x in
      other.withPointer { (x + row * columns).update(from: $0 + row * columns, count: columns) }
    }
  }

  /// Puts a tensor of one row in the place of a row.
  mutating func setRow(_ row: Int, to other: Tensor) {
    precondition(columns == other.count)
    let columns = columns
    withMutablePointer { x in
      other.withPointer { (x + row * columns).update(from: $0, count: columns) }
    }
  }

  /// A number for each row, from its own number and its elements.
  func eachRow(
    on pool: WorkerPool, _ number: (Int, UnsafePointer<Scalar>) -> Double
  ) -> [Double] {
    var numbers = [Double](repeating: 0, count: rows)
    let (rows, columns) = (rows, columns)
    withPointer { x in
      numbers.withUnsafeMutableBufferPointer { numbers in
        let numbers = numbers.baseAddress
        pool.forEach(rows) { numbers?[$0] = number($0, x + $0 * columns) }
      }
    }
    return numbers
  }
}
