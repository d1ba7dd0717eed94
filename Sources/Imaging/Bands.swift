import Tensors

extension WorkerPool {
  /// Runs `body(plane, rows)` for bands of rows of every plane, some 16 thousand numbers each: a cut
  /// that depends on the extents alone.
  func forEachBand(
    planes: Int, height: Int, width: Int, multiple: Int = 1, _ body: (Int, Range<Int>) -> Void
  ) {
    let rows = max(16_384 / max(width, 1) / multiple, 1) * multiple
    let bands = (height + rows - 1) / rows
    forEach(planes * bands) { piece in
      let start = piece % bands * rows
      body(piece / bands, start..<min(start + rows, height))
    }
  }

  /// Runs `body(range)` for consecutive ranges of `0 ..< count`, some 16 thousand numbers each.
  func forEachRange(of count: Int, _ body: (Range<Int>) -> Void) {
    let length = 16_384
    forEach((count + length - 1) / length) { piece in
      body((piece * length)..<min((piece + 1) * length, count))
    }
  }
}
