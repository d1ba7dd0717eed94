extension Correlation {
  /// The gradient of `scale <r, z>` in the weights: sums over a fixed number of runs of bands, side by
  /// side, then added up in order. `body` gets each range of weights once.
  func gradient<S: TensorScalar>(
    of r: UnsafePointer<S>, at x: UnsafePointer<S>, samples: Int, scale: S, operations: Int,
    _ pool: WorkerPool, _ body: (Range<Int>, UnsafePointer<S>) -> Void
  ) {
    let bands = CorrelationBands<S>(self, isPadded: true)
    let items = samples * bands.count
    let parts = max(min(Tiling.pieces(for: operations), items), 1)
    let count = groups * channels.source * channels.target * bands.offsets.count
    var sums = Tensor<S>(shape: [parts, count])
    sums.withMutablePointer { sums in
      bands.offsets.withUnsafeBufferPointer { offsets in
        pool.forEach(parts) { part in
          for item in (items * part / parts)..<(items * (part + 1) / parts) {
            let (sample, band) = (item / bands.count, item % bands.count)
            add(
              bands, band, offsets, r + sample * target.count, x + sample * source.count,
              to: sums + part * count)
          }
        }
      }
      let width = Self.reduced
      pool.forEach((count + width - 1) / width) { piece in
        let range = (piece * width)..<min((piece + 1) * width, count)
        let total = sums + range.lowerBound
        for part in 1..<parts { S.add(total + part * count, to: total, count: range.count) }
        S.combine(scale, total, 0, total, into: total, count: range.count)
        body(range, total)
      }
    }
  }

  /// Weights that are added up in one piece.
  private static let reduced = 4096

  /// Adds one band of one sample. Rows shorter than a vector are filled up with zeros first.
  private func add<S: TensorScalar>(
    _ bands: CorrelationBands<S>, _ band: Int, _ offsets: UnsafeBufferPointer<Int>,
    _ r: UnsafePointer<S>, _ x: UnsafePointer<S>, to g: UnsafeMutablePointer<S>
  ) {
    let (rows, size) = (bands.rows(band, of: rows.phases[0]), bands.numbers)
    let isFilled = target.width < CorrelationBands<S>.lanes
    let width = isFilled ? bands.paddedWidth : target.width
    let plane = isFilled ? rows.count * width : target.height * width
    let window = bands.window(rows: rows.count, width: width, offsets: offsets)
    let filled = isFilled ? channels.target * plane : 0
    withUnsafeTemporaryAllocation(of: S.self, capacity: size + filled) { buffer in
      let (buffer, copy) = (buffer.baseAddress!, buffer.baseAddress! + size)
      for group in 0..<groups {
        bands.fill(buffer, band: band, group: group, from: x)
        if isFilled { bands.fillTarget(copy, band: band, group: group, from: r) }
        let own = r + (group * channels.target * target.height + rows.lowerBound) * target.width
        let residual = isFilled ? UnsafePointer(copy) : own
        for first in stride(from: 0, to: channels.target, by: Self.block) {
          S.addCorrelationGradient(
            window, buffer, residual: residual + first * plane, plane: plane,
            outputs: min(Self.block, channels.target - first),
            to: g + (group * channels.target + first) * channels.source * offsets.count)
        }
      }
    }
  }
}
