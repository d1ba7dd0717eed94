/// Whether an operand of a product enters as it is or transposed.
public enum Operand: Sendable { case plain, transposed }

/// A rectangle of a matrix.
public struct Tile: Sendable, Equatable {
  public let rows: Range<Int>
  public let columns: Range<Int>
}

extension WorkerPool {
  /// `C <- alpha op(A) op(B) + beta C` for row-major matrices, cut into tiles of `C`.
  ///
  /// `C` is `m x n`, the inner extent is `k`. The cut depends on the extents alone, so the result
  /// does not depend on the number of threads. Each tile is one single-threaded BLAS call, after
  /// which `finish` may work on the tile while it is in cache. Cost: `2 m n k` operations.
  public func product<S: TensorScalar>(
    _ a: UnsafePointer<S>, _ opA: Operand = .plain, _ b: UnsafePointer<S>,
    _ opB: Operand = .plain, into c: UnsafeMutablePointer<S>, m: Int, n: Int, k: Int,
    alpha: S = 1, beta: S = 0, finish: ((Tile) -> Void)? = nil
  ) {
    let tiling = Tiling(m: m, n: n, k: k)
    let (lda, ldb) = (opA == .plain ? k : m, opB == .plain ? n : k)
    forEach(tiling.count) { index in
      let tile = tiling[index]
      let (row, column) = (tile.rows.lowerBound, tile.columns.lowerBound)
      S.gemm(
        transposeA: opA == .transposed, transposeB: opB == .transposed,
        m: tile.rows.count, n: tile.columns.count, k: k, alpha: alpha,
        a: opA == .plain ? a + row * k : a + row, lda: lda,
        b: opB == .plain ? b + column : b + column * k, ldb: ldb,
        beta: beta, c: c + row * n + column, ldc: n)
      finish?(tile)
    }
  }
}

/// The tiles of an `m x n` product, chosen from its extents alone.
///
/// Small products stay whole; larger ones are cut into 4, 8 or 16 tiles of a few million operations,
/// so that 1, 2, 4, … threads get equal shares.
struct Tiling {
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
  static func pieces(for operations: Int) -> Int {
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
