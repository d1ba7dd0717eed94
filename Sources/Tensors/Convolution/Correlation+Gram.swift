extension ConvolutionShape {
  /// The Gram matrix `sum of p p^T` over the patches `p` of all samples and pixels that a group of output
  /// channels sees, a 1 appended to each patch if asked: the curvature of `W -> W x + b`.
  ///
  /// Cost: `2 n^2` operations for each pixel of the output and sample, `n = patch`, and up to 16 `n^2`
  /// numbers. Sums run over a fixed number of parts of the batch and are added up in order.
  public func patchGram<S: TensorScalar>(
    of x: Tensor<S>, group: Int = 0, appendingOnes: Bool, on pool: WorkerPool
  ) -> Tensor<S> {
    precondition(x.columns == input.count, "rows of \(x.columns) numbers as images of \(input)")
    let gram = PatchGram<S>(Correlation(self), group, patch + (appendingOnes ? 1 : 0))
    let parts = max(min(Self.mostParts, Self.mostNumbers / (gram.order * gram.order), x.rows), 1)
    var sums = Tensor<S>(shape: [parts, gram.order, gram.order])
    sums.withMutablePointer { sums in
      x.withPointer { data in
        pool.forEach(parts) { part in
          for sample in (x.rows * part / parts)..<(x.rows * (part + 1) / parts) {
            gram.add(data + sample * input.count, to: sums + part * gram.order * gram.order)
          }
        }
      }
    }
    var total = sums.rows(0..<1)
    for part in 1..<parts { total.combine(1, 1, sums.rows(part..<(part + 1))) }
    return (try? total.reshaped(to: [gram.order, gram.order])) ?? total
  }

  private static var mostParts: Int { 16 }
  private static var mostNumbers: Int { 1 << 24 }
}

/// Adds the patches of one image to a Gram matrix, a band of rows at a time.
private struct PatchGram<S: TensorScalar> {
  let correlation: Correlation
  let bands: CorrelationBands<S>
  let group: Int
  let order: Int

  init(_ correlation: Correlation, _ group: Int, _ order: Int) {
    (self.correlation, bands) = (correlation, CorrelationBands(correlation))
    (self.group, self.order) = (group, order)
  }

  func add(_ image: UnsafePointer<S>, to gram: UnsafeMutablePointer<S>) {
    let size = bands.numbers
    let width = correlation.target.width
    let most = bands.height * width
    withUnsafeTemporaryAllocation(of: S.self, capacity: size + order * most) { buffer in
      let (buffer, patches) = (buffer.baseAddress!, buffer.baseAddress! + size)
      for band in 0..<bands.count {
        bands.fill(buffer, band: band, group: group, from: image)
        let rows = bands.rows(band, of: correlation.rows.phases[0]).count
        bands.offsets.withUnsafeBufferPointer { offsets in
          let window = bands.window(rows: rows, width: width, offsets: offsets)
          collect(buffer, window, into: patches)
        }
        let count = rows * width
        S.gemm(
          transposeA: false, transposeB: true, m: order, n: order, k: count, alpha: 1, a: patches,
          lda: count, b: patches, ldb: count, beta: 1, c: gram, ldc: order)
      }
    }
  }

  /// One row for each channel and tap, then ones; one column for each pixel.
  private func collect(
    _ buffer: UnsafePointer<S>, _ window: PixelWindow, into patches: UnsafeMutablePointer<S>
  ) {
    var next = patches
    for channel in 0..<window.channels {
      for offset in window.offsets {
        for row in 0..<window.rows {
          next.update(
            from: buffer + channel * window.plane + row * window.row + offset, count: window.width)
          next += window.width
        }
      }
    }
    S.fill(next, count: patches + order * window.rows * window.width - next, with: 1)
  }
}
