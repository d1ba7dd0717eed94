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
/// Small products stay whole; larger ones are cut into 4, 8 or 16 tiles of a few million operations,
/// so that 1, 2, 4, … threads get equal shares.
public struct Tiling {
  private let m: Int
  private let n: Int
  private let rowsPerTile: Int
  private let columnsPerTile: Int

  init(m: Int, n: Int, k: Int) {
    (self.m, self.n) = (m, n)
    let pieces = Self.pieces(for: 2 * m * n * k)
    // Few rows (a minibatch): cut along the columns. Many: along the rows first, then columns.
    let alongRows = min(pieces, max(m / Self.leastRows, 1))
    let alongColumns = min(pieces / alongRows, max(n / Self.leastColumns, 1))
    rowsPerTile = max((m + alongRows - 1) / alongRows, 1)
    columnsPerTile = max((n + alongColumns - 1) / alongColumns, 1)
  }

  /// Pieces for a number of operations: a power of two, at least a million operations each.
  public static func pieces(for operations: Int) -> Int {
    var pieces = 1
    while pieces < 16, operations / (2 * pieces) >= 1_000_000 { pieces *= 2 }
    return pieces
  }

  private static let leastRows = 125
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
