import CPictures
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
    sigma: Double, patch: Int = 7, window: Int = 21, filtering: Double? = nil
  ) throws(ImagingError) {
    let (name, h) = ("NonLocalMeans", filtering ?? 0.4 * sigma)
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

/// A picture with a mirrored margin, channel after channel.
struct MirroredPicture<S: TensorScalar> {
  let shape: ImageShape
  let margin: Int
  private(set) var numbers: [S]
  var width: Int { shape.width + 2 * margin }
  var pixels: Int { width * (shape.height + 2 * margin) }

  init(_ batch: Tensor<S>, _ row: Int, _ shape: ImageShape, margin: Int) {
    (self.shape, self.margin) = (shape, margin)
    numbers = []
    let columns = (-margin..<shape.width + margin).map { Self.mirror($0, shape.width) }
    numbers.reserveCapacity(shape.channels * columns.count * (shape.height + 2 * margin))
    for c in 0..<shape.channels {
      for i in -margin..<shape.height + margin {
        let line = (row * shape.channels + c) * shape.pixels
          + Self.mirror(i, shape.height) * shape.width
        for j in columns { numbers.append(batch.scalars[line + j]) }
      }
    }
  }

  /// `c b a | a b c | c b a`, as often as it takes.
  private static func mirror(_ i: Int, _ extent: Int) -> Int {
    let place = ((i % (2 * extent)) + 2 * extent) % (2 * extent)
    return place < extent ? place : 2 * extent - 1 - place
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

/// The weights of one displacement at a time, row by row from running sums over the patch.
private struct Displacement<S: TensorScalar> {
  let means: NonLocalMeans
  let picture: MirroredPicture<S>
  let rows: Range<Int>
  let y: UnsafePointer<S>
  let sums: UnsafeMutablePointer<S>
  let totals: UnsafeMutablePointer<S>
  let largest: UnsafeMutablePointer<S>
  /// Squared differences of all rows, their sum over a patch's rows, weights of a row.
  let buffer: UnsafeMutablePointer<S>

  func add(_ dy: Int, _ dx: Int) {
    let (width, patch, channels) = (picture.shape.width, means.patch, picture.shape.channels)
    let length = width + patch - 1
    let squares = buffer
    let column = buffer + (rows.count + patch - 1) * length
    let weights = column + length
    let shift = dy * picture.width + dx
    // Where the patch of the first pixel starts.
    let origin = y + (rows.lowerBound + means.window / 2) * picture.width + means.window / 2
    for k in 0..<rows.count + patch - 1 {
      let row = squares + k * length
      row.update(repeating: 0, count: length)
      for c in 0..<channels {
        let here = origin + c * picture.pixels + k * picture.width
        addSquare(here, here + shift, row, length)
      }
    }
    column.update(repeating: 0, count: length)
    for k in 0..<patch - 1 { S.add(squares + k * length, to: column, count: length) }
    for i in 0..<rows.count {
      S.add(squares + (i + patch - 1) * length, to: column, count: length)
      addRow(i, column, weights, shift)
      S.combine(1, column, -1, squares + i * length, into: column, count: length)
    }
  }

  private func addRow(
    _ i: Int, _ column: UnsafePointer<S>, _ weights: UnsafeMutablePointer<S>, _ shift: Int
  ) {
    let (width, count) = (picture.shape.width, rows.count * picture.shape.width)
    let squaredStrength = means.filtering * means.filtering
    let terms = Double(means.patch * means.patch * picture.shape.channels)
    exponents(
      column, weights, width, S(1 / (squaredStrength * terms)),
      S(2 * means.sigma * means.sigma / squaredStrength))
    S.map(.exp, weights, into: weights, count: width)
    S.add(weights, to: totals + i * width, count: width)
    maximum(weights, largest + i * width, width)
    let start = (rows.lowerBound + i + picture.margin) * picture.width + picture.margin + shift
    for c in 0..<picture.shape.channels {
      accumulate(weights, y + c * picture.pixels + start, sums + c * count + i * width, width)
    }
  }
}

// Dispatch of the kernels by scalar; see CPictures.h.
extension Displacement {
  private func addSquare(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ out: UnsafeMutablePointer<S>, _ count: Int
  ) {
    if S.self == Float.self {
      px_add_square_f32(
        concrete(x, Float.self), concrete(y, Float.self), concrete(out, Float.self), count)
    } else {
      px_add_square_f64(
        concrete(x, Double.self), concrete(y, Double.self), concrete(out, Double.self), count)
    }
  }

  private func exponents(
    _ x: UnsafePointer<S>, _ out: UnsafeMutablePointer<S>, _ count: Int, _ scale: S, _ offset: S
  ) {
    if S.self == Float.self {
      px_exponents_f32(
        concrete(x, Float.self), means.patch, concrete(out, Float.self), count, Float(scale),
        Float(offset))
    } else {
      px_exponents_f64(
        concrete(x, Double.self), means.patch, concrete(out, Double.self), count, Double(scale),
        Double(offset))
    }
  }

  private func maximum(_ w: UnsafePointer<S>, _ out: UnsafeMutablePointer<S>, _ count: Int) {
    if S.self == Float.self {
      px_maximum_f32(concrete(w, Float.self), concrete(out, Float.self), count)
    } else {
      px_maximum_f64(concrete(w, Double.self), concrete(out, Double.self), count)
    }
  }

  private func accumulate(
    _ w: UnsafePointer<S>, _ x: UnsafePointer<S>, _ sum: UnsafeMutablePointer<S>, _ count: Int
  ) {
    if S.self == Float.self {
      px_accumulate_f32(
        concrete(w, Float.self), concrete(x, Float.self), concrete(sum, Float.self), count)
    } else {
      px_accumulate_f64(
        concrete(w, Double.self), concrete(x, Double.self), concrete(sum, Double.self), count)
    }
  }
}
