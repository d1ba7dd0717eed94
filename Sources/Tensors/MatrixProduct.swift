/// A factor of a matrix product: a row-major matrix as it is, or its transpose.
public enum Factor<S: TensorScalar> {
  /// The matrix as it is stored.
  case plain(UnsafePointer<S>)
  /// The transpose of the matrix that is stored.
  case transposed(UnsafePointer<S>)

  var isTransposed: Bool {
    if case .transposed = self { true } else { false }
  }

  var pointer: UnsafePointer<S> {
    switch self {
    case .plain(let pointer), .transposed(let pointer): pointer
    }
  }
}

/// A rectangle of a matrix.
public struct Tile: Sendable, Equatable {
  /// Its rows in the matrix.
  public let rows: Range<Int>
  /// Its columns in the matrix.
  public let columns: Range<Int>

  /// The rectangle of given rows and columns.
  public init(rows: Range<Int>, columns: Range<Int>) {
    (self.rows, self.columns) = (rows, columns)
  }
}

extension WorkerPool {
  /// `C <- alpha A B + beta C`, cut into tiles of `C`.
  ///
  /// `C` is `m x n`, the inner extent is `k`. The cut depends on the extents alone, so the result
  /// does not depend on the number of threads. Each tile is one single-threaded BLAS call, after
  /// which `finish` may work on the tile while it is in cache. Cost: `2 m n k` operations.
  public func product<S: TensorScalar>(
    _ a: Factor<S>, _ b: Factor<S>, into c: UnsafeMutablePointer<S>, m: Int, n: Int, k: Int,
    alpha: S = 1, beta: S = 0, finish: ((Tile) -> Void)? = nil
  ) {
    let tiling = Tiling(m: m, n: n, k: k)
    let (lda, ldb) = (a.isTransposed ? m : k, b.isTransposed ? k : n)
    forEach(tiling.count) { index in
      let tile = tiling[index]
      let (row, column) = (tile.rows.lowerBound, tile.columns.lowerBound)
      S.gemm(
        transposeA: a.isTransposed, transposeB: b.isTransposed,
        m: tile.rows.count, n: tile.columns.count, k: k, alpha: alpha,
        a: a.pointer + (a.isTransposed ? row : row * k), lda: lda,
        b: b.pointer + (b.isTransposed ? column * k : column), ldb: ldb,
        beta: beta, c: c + row * n + column, ldc: n)
      finish?(tile)
    }
  }
}

/// The tiles of an `m x n` product, chosen from its extents alone.
///
/// BLAS copies the rows of `A` and the columns of `B` that a tile needs before it multiplies, so the
/// tiles are as near to squares as the number of pieces allows: over all tiles `m across + n down`
/// vectors of length `k` are copied.
package struct Tiling {
  private let m: Int
  private let n: Int
  private let rowsPerTile: Int
  private let columnsPerTile: Int

  init(m: Int, n: Int, k: Int) {
    (self.m, self.n) = (m, n)
    let pieces = Self.pieces(for: 2 * m * n * k)
    var (down, fewest) = (1, Int.max)
    for candidate in [1, 2, 4, 8, 16] where candidate <= max(min(pieces, m / Self.leastRows), 1) {
      let copied = m * (pieces / candidate) + n * candidate
      if copied <= fewest { (down, fewest) = (candidate, copied) }
    }
    let across = min(pieces / down, max(n / Self.leastColumns, 1))
    rowsPerTile = max((m + down - 1) / down, 1)
    columnsPerTile = max((n + across - 1) / across, 1)
  }

  /// Pieces for a number of operations: the greatest power of two `p <= 16` with `0.6 p^2` million
  /// operations, so that both the pieces and their number grow with the work.
  package static func pieces(for operations: Int) -> Int {
    var pieces = 1
    while pieces < 16, operations >= 4 * pieces * pieces * 600_000 { pieces *= 2 }
    return pieces
  }

  private static let leastRows = 64
  private static let leastColumns = 16

  private var tilesAcross: Int { (n + columnsPerTile - 1) / columnsPerTile }
  var count: Int { (m + rowsPerTile - 1) / rowsPerTile * tilesAcross }

  subscript(index: Int) -> Tile {
    let row = index / tilesAcross * rowsPerTile
    let column = index % tilesAcross * columnsPerTile
    return Tile(
      rows: row..<min(row + rowsPerTile, m), columns: column..<min(column + columnsPerTile, n))
  }
}
