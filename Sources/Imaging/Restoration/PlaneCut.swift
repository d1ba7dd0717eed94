import Tensors

/// The bands of all planes of a batch.
struct PlaneCut: Sendable {
  let planes: Int
  let pixels: Int
  let height: Int
  private let width: Int
  private let bands: Bands

  init(planes: Int, shape: ImageShape) {
    (self.planes, pixels, height, width) = (planes, shape.pixels, shape.height, shape.width)
    bands = Bands(height: height, width: width)
  }

  var count: Int { planes * bands.count }

  /// Calls `body` with the number of the piece, the start of its plane, its rows in the plane, and the
  /// start and number of its pixels in the batch.
  func forEachPiece(_ pool: WorkerPool, _ body: (Int, Int, Range<Int>, Int, Int) -> Void) {
    pool.forEach(count) { piece in
      let (plane, band) = (piece / bands.count * pixels, bands[piece % bands.count])
      body(piece, plane, band, plane + band.lowerBound * width, band.count * width)
    }
  }

  func forEach(_ pool: WorkerPool, _ body: (Int, Range<Int>, Int, Int) -> Void) {
    forEachPiece(pool) { _, plane, band, start, count in body(plane, band, start, count) }
  }
}
