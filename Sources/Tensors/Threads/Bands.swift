extension WorkerPool {
  /// Runs `body(plane, rows)` for bands of rows of every plane, some 16 thousand numbers each: a cut
  /// that depends on the extents alone. Bands are `multiple` rows long or a multiple of that, but for
  /// the last.
  package func forEachBand(
    planes: Int, height: Int, width: Int, multiple: Int = 1, _ body: (Int, Range<Int>) -> Void
  ) {
    let bands = Bands(height: height, width: width, multiple: multiple)
    forEach(planes * bands.count) { piece in
      body(piece / bands.count, bands[piece % bands.count])
    }
  }
}

/// The rows of a plane in bands of some 16 thousand numbers.
package struct Bands: Sendable {
  private let height: Int
  private let rows: Int

  /// Bands of a plane; all but the last are a multiple of `multiple` rows long.
  package init(height: Int, width: Int, multiple: Int = 1) {
    self.height = height
    rows = max(16_384 / max(width, 1) / multiple, 1) * multiple
  }

  /// Their number.
  package var count: Int { (height + rows - 1) / rows }

  /// The rows of a band.
  package subscript(band: Int) -> Range<Int> {
    (band * rows)..<min((band + 1) * rows, height)
  }
}
