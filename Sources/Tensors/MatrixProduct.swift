/// Whether an operand of a product enters as it is or transposed.
public enum Operand: Sendable { case plain, transposed }

extension WorkerPool {
  /// `C <- alpha op(A) op(B) + beta C` for row-major matrices, cut into tiles of `C`.
  ///
  /// `C` is `m x n`, the inner extent is `k`. The cut depends on the extents alone, so the result
  /// does not depend on the number of threads. Each tile is one single-threaded BLAS call.
  /// Cost: `2 m n k` operations.
  public func product<S: TensorScalar>(
    _ a: UnsafePointer<S>, _ opA: Operand = .plain, _ b: UnsafePointer<S>,
    _ opB: Operand = .plain, into c: UnsafeMutablePointer<S>, m: Int, n: Int, k: Int,
    alpha: S = 1, beta: S = 0
  ) {
    let tiles = Tiling(m: m, n: n, k: k)
    let (lda, ldb) = (opA == .plain ? k : m, opB == .plain ? n : k)
    forEach(tiles.count) { index in
      let (rows, columns) = tiles[index]
      S.gemm(
        transposeA: opA == .transposed, transposeB: opB == .transposed,
        m: rows.count, n: columns.count, k: k, alpha: alpha,
        a: opA == .plain ? a + rows.lowerBound * k : a + rows.lowerBound, lda: lda,
        b: opB == .plain ? b + columns.lowerBound : b + columns.lowerBound * k, ldb: ldb,
        beta: beta, c: c + rows.lowerBound * n + columns.lowerBound, ldc: n)
    }
  }
}

/// The tiles of an `m x n` product, chosen from its extents alone.
///
/// Small products stay whole; larger ones are cut into pieces of a few million operations, more of
/// them than any sensible number of threads.
struct Tiling {
  let m: Int
  let n: Int
  private let rowsPerTile: Int
  private let columnsPerTile: Int

  init(m: Int, n: Int, k: Int) {
    self.m = m
    self.n = n
    let work = 2 * m * n * k
    let pieces = min(max(work / Self.operationsPerTile, 1), Self.most)
    // Wide, short products (minibatches) are cut along n, tall ones along m first.
    let alongRows = min(max(m / Self.leastRows, 1), pieces)
    let alongColumns = min(max(n / Self.leastColumns, 1), (pieces + alongRows - 1) / alongRows)
    rowsPerTile = Self.share(m, among: alongRows)
    columnsPerTile = Self.share(n, among: alongColumns)
  }

  static let operationsPerTile = 2_000_000
  static let most = 24
  static let leastRows = 96
  static let leastColumns = 32

  /// The size of a part, rounded up to a multiple of 16 so that tiles start on whole vectors.
  private static func share(_ extent: Int, among parts: Int) -> Int {
    guard parts > 1 else { return max(extent, 1) }
    return ((extent + parts - 1) / parts + 15) / 16 * 16
  }

  private var rowTiles: Int { (m + rowsPerTile - 1) / rowsPerTile }
  private var columnTiles: Int { (n + columnsPerTile - 1) / columnsPerTile }
  var count: Int { rowTiles * columnTiles }

  subscript(index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let row = index / columnTiles * rowsPerTile
    let column = index % columnTiles * columnsPerTile
    return (row..<min(row + rowsPerTile, m), column..<min(column + columnsPerTile, n))
  }
}
