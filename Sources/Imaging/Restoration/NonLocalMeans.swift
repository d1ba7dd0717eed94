import Tensors

/// Denoising by averages over similar patches:
///
///     x(p) = sum_q w(p, q) y(q) / sum_q w(p, q),   |p - q| within the window
///     w(p, q) = exp(-max(d(p, q)^2 - 2 sigma^2, 0) / h^2)
///
/// `d^2` is the mean squared difference of the patches around `p` and `q` over pixels and channels,
/// `2 sigma^2` what noise alone makes of it. The pixel itself has the largest weight of the others. The
/// border is mirrored. Cost: `window^2` times some 20 operations per pixel, whatever the patch.
///
/// Source: Buades, Coll and Morel, CVPR 2005.
public struct NonLocalMeans: Sendable, Equatable {
  /// Standard deviation of the noise, `> 0`.
  public let sigma: Double
  /// Side of a patch in pixels, odd.
  public let patch: Int
  /// Side of the square in which similar patches are looked for, odd.
  public let window: Int
  /// `h`, `> 0`, in the units of the picture.
  public let filtering: Double

  /// - Parameters:
  ///   - sigma: standard deviation of the noise, `> 0`.
  ///   - patch: side of a patch, odd.
  ///   - window: side of the search, odd.
  ///   - filtering: `h`; by default what was best on natural pictures, `0.4 sigma`.
  /// - Throws: ``ImagingError`` for parameters out of range.
  public init(
    sigma: Double, patch: Int = 5, window: Int = 21, filtering: Double? = nil
  ) throws(ImagingError) {
    let (name, h) = ("NonLocalMeans", filtering ?? 0.6 * sigma)
    try ImagingError.require(sigma > 0, name, "sigma", sigma, "a finite number greater than 0")
    try ImagingError.require(h > 0, name, "filtering", h, "a finite number greater than 0")
    for (label, side) in [("patch", patch), ("window", window)] {
      try ImagingError.require(
        side > 0 && side % 2 == 1, name, label, Double(side), "odd and at least 1")
    }
    (self.sigma, self.patch, self.window) = (sigma, patch, window)
    self.filtering = h
  }

  /// The denoised pictures of a batch, one in each row.
  public func denoise<S: TensorScalar>(
    _ y: Tensor<S>, shape: ImageShape, on pool: WorkerPool
  ) -> Tensor<S> {
    var x = Tensor<S>(shape: shape.batch(y.rows))
    for row in 0..<y.rows {
      let padded = MirroredPicture(y, row, shape, margin: patch / 2 + window / 2)
      withBatches(y, shape, into: &x, shape) { _, x, _ in
        let bands = Bands(height: shape.height, width: shape.width)
        pool.forEach(bands.count) {
          var sums = WeightedSums<S>(self, padded, rows: bands[$0])
          sums.collect()
          sums.write(to: x + row * shape.count)
        }
      }
    }
    return x
  }
}

/// `sum w y`, `sum w` and `max w` for a band of rows.
private struct WeightedSums<S: TensorScalar> {
  private let means: NonLocalMeans
  private let picture: MirroredPicture<S>
  private let rows: Range<Int>
  private var sums: [S]
  private var totals: [S]
  private var largest: [S]

  init(_ means: NonLocalMeans, _ picture: MirroredPicture<S>, rows: Range<Int>) {
    (self.means, self.picture, self.rows) = (means, picture, rows)
    totals = Array(repeating: 0, count: rows.count * picture.shape.width)
    largest = totals
    sums = Array(repeating: 0, count: picture.shape.channels * totals.count)
  }

  /// Goes through all displacements but 0.
  mutating func collect() {
    let reach = means.window / 2
    let (picture, means, rows) = (picture, means, rows)
    let length = picture.shape.width + means.patch - 1
    picture.numbers.withUnsafeBufferPointer { y in
      sums.withUnsafeMutableBufferPointer { sums in
        totals.withUnsafeMutableBufferPointer { totals in
          largest.withUnsafeMutableBufferPointer { largest in
            withUnsafeTemporaryAllocation(
              of: S.self, capacity: (rows.count + means.patch - 1) * length + length + picture.width
            ) { buffer in
              let work = Displacement(
                means: means, picture: picture, rows: rows, y: y.baseAddress!,
                sums: sums.baseAddress!, totals: totals.baseAddress!,
                largest: largest.baseAddress!, buffer: buffer.baseAddress!)
              for dy in -reach...reach {
                for dx in -reach...reach where dy != 0 || dx != 0 { work.add(dy, dx) }
              }
            }
          }
        }
      }
    }
  }

  /// The averages of the band.
  func write(to x: UnsafeMutablePointer<S>) {
    let (shape, count) = (picture.shape, totals.count)
    for c in 0..<shape.channels {
      for (k, row) in rows.enumerated() {
        let source = c * picture.pixels + (row + picture.margin) * picture.width + picture.margin
        for j in 0..<shape.width {
          let i = k * shape.width + j
          let own = largest[i] > 0 ? largest[i] : 1
          x[c * shape.pixels + row * shape.width + j] =
            (sums[c * count + i] + own * picture.numbers[source + j]) / (totals[i] + own)
        }
      }
    }
  }
}
