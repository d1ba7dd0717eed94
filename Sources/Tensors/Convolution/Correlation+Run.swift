extension Correlation {
  /// `z <-` the correlation of `x` with the weights, a band of a sample at a time; `finish` is called for
  /// each tile of `z` that is complete.
  func run<S: TensorScalar>(
    _ weight: UnsafePointer<S>, on x: BatchPart<S>, into z: MatrixPart<S>, samples: Int,
    _ pool: WorkerPool, _ finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    let (bands, packed) = (CorrelationBands<S>(self), packed(weight))
    bands.offsets.withUnsafeBufferPointer { offsets in
      packed.withUnsafeBufferPointer { packed in
        pool.forEach(samples * bands.count) { piece in
          let (sample, band) = (piece / bands.count, piece % bands.count)
          let result = z.start + sample * z.width + z.column
          run(bands, band, packed, offsets, x.start + sample * x.width, result)
          guard let finish else { return }
          for columns in finished(bands, band) {
            let range = (columns.lowerBound + z.column)..<(columns.upperBound + z.column)
            finish(Tile(rows: sample..<(sample + 1), columns: range), z.start)
          }
        }
      }
    }
  }

  /// The columns of the target that a band has completed.
  private func finished<S>(_ bands: CorrelationBands<S>, _ band: Int) -> [Range<Int>] {
    if bands.count == 1 { return [0..<target.count] }
    let rows = bands.targetRows(band)
    return (0..<target.channels).map { channel in
      let start = channel * target.height
      return ((start + rows.lowerBound) * target.width)..<((start + rows.upperBound) * target.width)
    }
  }

  /// One band of one sample, group by group and phase by phase.
  private func run<S: TensorScalar>(
    _ bands: CorrelationBands<S>, _ band: Int, _ weights: UnsafeBufferPointer<S>,
    _ offsets: UnsafeBufferPointer<Int>, _ x: UnsafePointer<S>, _ z: UnsafeMutablePointer<S>
  ) {
    let sorted = columns.targetStep > 1 ? Self.block * bands.height * bands.paddedWidth : 0
    let size = bands.numbers
    withUnsafeTemporaryAllocation(of: S.self, capacity: size + sorted) { buffer in
      let (buffer, scratch) = (buffer.baseAddress!, buffer.baseAddress! + size)
      for group in 0..<groups {
        bands.fill(buffer, band: band, group: group, from: x)
        forEachPhase { row, column, tap, taps in
          let rows = bands.rows(band, of: row)
          let window = bands.window(
            rows: rows.count, width: column.count,
            offsets: UnsafeBufferPointer(rebasing: offsets[tap..<(tap + taps)]))
          // Weights lie phase by phase, then group by group.
          var w =
            weights.baseAddress! + channels.source * channels.target * (tap * groups + group * taps)
          for first in stride(from: 0, to: channels.target, by: Self.block) {
            let outputs = min(Self.block, channels.target - first)
            let plane = target.height * target.width
            let corner =
              z + (group * channels.target + first) * plane
              + (self.rows.targetStep * rows.lowerBound + row.start) * target.width + column.start
            if columns.targetStep == 1 {
              S.correlate(
                window, buffer, weights: w, outputs: outputs, into: corner, plane: plane,
                row: self.rows.targetStep * target.width)
            } else {
              S.correlate(
                window, buffer, weights: w, outputs: outputs, into: scratch,
                plane: rows.count * column.count, row: column.count)
              spread(scratch, outputs, rows.count, column.count, to: corner)
            }
            w += outputs * channels.source * taps
          }
        }
      }
    }
  }

  /// Pairs of phases with the place of their first tap and the number of their taps.
  private func forEachPhase(
    _ body: (CorrelationAxis.Phase, CorrelationAxis.Phase, _ tap: Int, _ taps: Int) -> Void
  ) {
    var tap = 0
    for row in rows.phases {
      for column in columns.phases {
        let taps = row.taps.count * column.taps.count
        body(row, column, tap, taps)
        tap += taps
      }
    }
  }

  /// Writes rows of neighbours to places that lie a stride apart.
  private func spread<S: TensorScalar>(
    _ from: UnsafePointer<S>, _ outputs: Int, _ rows: Int, _ width: Int,
    to corner: UnsafeMutablePointer<S>
  ) {
    for o in 0..<outputs {
      for row in 0..<rows {
        let line = from + (o * rows + row) * width
        let target =
          corner + o * target.height * target.width
          + row * self.rows.targetStep * target.width
        S.copy(line, every: 1, into: target, every: columns.targetStep, count: width)
      }
    }
  }
}

/// Images that are parts of rows: the first, and numbers from one to the next.
struct BatchPart<S> {
  let start: UnsafePointer<S>
  let width: Int
}

/// Images that are parts of the rows of a matrix: its start, the width of a row, and the column at which
/// they begin.
struct MatrixPart<S> {
  let start: UnsafeMutablePointer<S>
  let width: Int
  let column: Int
}
