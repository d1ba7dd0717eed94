import Tensors

/// A sum over pixels of Euclidean norms over planes, and the projection onto its dual ball:
///
///     h(p) = sum_g c_g sum_i |(p_j[i])_{j in g}|_2,   g groups of planes
///     prox_{s (alpha h)^*} = projection onto |(p_j[i])_{j in g}|_2 <= alpha c_g
///
/// A row is planes of `pixels` numbers one after another.
struct MixedNorm: Sendable, Equatable {
  /// Planes `first`, `first + stride`, …, `count` of them, and `c_g > 0`.
  struct Group: Sendable, Equatable {
    let first: Int
    let count: Int
    var stride = 1
    var weight = 1.0
  }

  let pixels: Int
  let groups: [Group]

  /// Numbers that are dealt with at a time.
  private static let piece = 4096

  private var pieces: Int { (pixels + Self.piece - 1) / Self.piece }

  private func range(_ piece: Int) -> Range<Int> {
    piece * Self.piece..<min((piece + 1) * Self.piece, pixels)
  }

  /// `h` of each row.
  func values<S: TensorScalar>(of p: Tensor<S>, on pool: WorkerPool) -> [Double] {
    p.eachRow(on: pool) { _, row in
      withUnsafeTemporaryAllocation(of: S.self, capacity: Self.piece) { buffer in
        let squares = buffer.baseAddress!
        return groups.reduce(0.0) { sum, group in
          sum + group.weight
            * (0..<pieces).reduce(0.0) {
              $0 + lengths(row, group, range($1), squares)
            }
        }
      }
    }
  }

  private func lengths<S: TensorScalar>(
    _ p: UnsafePointer<S>, _ group: Group, _ range: Range<Int>, _ squares: UnsafeMutablePointer<S>
  ) -> Double {
    addSquares(p, group, range, into: squares)
    return Double(
      total(
        range.count, squares, squares, { x, _ in x.squareRoot() }, { x, _ in x.squareRoot() }) as S)
  }

  /// `p <- ` its projection onto the dual ball of radius `radius`.
  func project<S: TensorScalar>(_ p: inout Tensor<S>, radius: S, on pool: WorkerPool) {
    let (rows, columns) = (p.rows, p.columns)
    p.withMutablePointer { p in
      pool.forEach(rows * pieces) { number in
        let row = p + number / pieces * columns
        withUnsafeTemporaryAllocation(of: S.self, capacity: Self.piece) { buffer in
          for group in groups {
            project(
              row, group, range(number % pieces), radius * S(group.weight), buffer.baseAddress!)
          }
        }
      }
    }
  }

  private func project<S: TensorScalar>(
    _ p: UnsafeMutablePointer<S>, _ group: Group, _ range: Range<Int>, _ radius: S,
    _ scales: UnsafeMutablePointer<S>
  ) {
    let (float, double) = (Float(radius), Double(radius))
    guard group.count > 1 else {
      let p = p + group.first * pixels + range.lowerBound
      return elementwise(
        p, into: p, count: range.count, { max(min($0, float), -float) },
        { max(min($0, double), -double) })
    }
    addSquares(UnsafePointer(p), group, range, into: scales)
    elementwise(
      scales, into: scales, count: range.count,
      { $0 > float * float ? float / $0.squareRoot() : 1 },
      { $0 > double * double ? double / $0.squareRoot() : 1 })
    for plane in 0..<group.count {
      let p = p + (group.first + plane * group.stride) * pixels + range.lowerBound
      elementwise(scales, p, into: p, count: range.count, { $0 * $1 }, { $0 * $1 })
    }
  }

  /// `squares <- sum_{j in g} p_j^2`
  private func addSquares<S: TensorScalar>(
    _ p: UnsafePointer<S>, _ group: Group, _ range: Range<Int>,
    into squares: UnsafeMutablePointer<S>
  ) {
    for plane in 0..<group.count {
      let p = p + (group.first + plane * group.stride) * pixels + range.lowerBound
      if plane == 0 {
        elementwise(p, into: squares, count: range.count, { $0 * $0 }, { $0 * $0 })
      } else {
        elementwise(
          squares, p, into: squares, count: range.count, { $0 + $1 * $1 }, { $0 + $1 * $1 })
      }
    }
  }
}
