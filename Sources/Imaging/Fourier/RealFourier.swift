import Tensors

/// The two-dimensional discrete Fourier transform of real planes, without a factor:
///
///     X(u, v) = sum_(y, x) x(y, x) exp(-2 pi i (u y / height + v x / width))
///
/// Of the spectrum, Hermitian as it is, columns `v = 0 ... width/2` are kept, `height x columns` pairs
/// of real and imaginary part. Two rows at a time are transformed as the parts of a complex one.
/// Cost: `O(n log n)` for extents of small prime factors.
final class RealFourier<S: TensorScalar>: Sendable {
  let height: Int
  let width: Int
  /// Columns of the spectrum that are kept.
  var columns: Int { width / 2 + 1 }
  /// Scalars of the spectrum of a plane.
  var count: Int { 2 * height * columns }

  private let rows: (forward: FourierPlan<S>, inverse: FourierPlan<S>)
  private let lines: (forward: FourierPlan<S>, inverse: FourierPlan<S>)
  /// Columns that one piece of work transforms together, so that cache lines are used up.
  private static var columnsAtOnce: Int { 16 }

  init(height: Int, width: Int) {
    (self.height, self.width) = (height, width)
    rows = (
      FourierPlan(length: width, inverse: false), FourierPlan(length: width, inverse: true)
    )
    lines = (
      FourierPlan(length: height, inverse: false), FourierPlan(length: height, inverse: true)
    )
  }

  /// `spectrum <- F x` for consecutive planes.
  func forward(
    _ x: UnsafePointer<S>, planes: Int, into spectrum: UnsafeMutablePointer<S>, on pool: WorkerPool
  ) {
    pool.forEachBand(planes: planes, height: height, width: width, multiple: 2) { plane, band in
      let (x, spectrum) = (x + plane * height * width, spectrum + plane * count)
      withUnsafeTemporaryAllocation(of: S.self, capacity: 4 * width) { buffer in
        for row in stride(from: band.lowerBound, to: band.upperBound, by: 2) {
          forwardRows(x, row, spectrum, buffer.baseAddress!)
        }
      }
    }
    transformColumns(spectrum, planes: planes, lines.forward, on: pool)
  }

  /// `x <- F^(-1) X height width`, the real part of the sum over the full Hermitian spectrum; `spectrum`
  /// is used up.
  func inverse(
    _ spectrum: UnsafeMutablePointer<S>, planes: Int, into x: UnsafeMutablePointer<S>,
    on pool: WorkerPool
  ) {
    transformColumns(spectrum, planes: planes, lines.inverse, on: pool)
    pool.forEachBand(planes: planes, height: height, width: width, multiple: 2) { plane, band in
      let (x, spectrum) = (x + plane * height * width, spectrum + plane * count)
      withUnsafeTemporaryAllocation(of: S.self, capacity: 4 * width) { buffer in
        for row in stride(from: band.lowerBound, to: band.upperBound, by: 2) {
          inverseRows(spectrum, row, x, buffer.baseAddress!)
        }
      }
    }
  }

  /// Transforms rows `row` and `row + 1` as `z = a + i b` and takes the two spectra apart:
  /// `2 A(v) = Z(v) + conj Z(-v)`, `2 i B(v) = Z(v) - conj Z(-v)`.
  private func forwardRows(
    _ x: UnsafePointer<S>, _ row: Int, _ spectrum: UnsafeMutablePointer<S>,
    _ buffer: UnsafeMutablePointer<S>
  ) {
    let hasPair = row + 1 < height
    let (a, b) = (x + row * width, x + (hasPair ? row + 1 : row) * width)
    let (z, f) = (buffer, buffer + 2 * width)
    for i in 0..<width { (z[2 * i], z[2 * i + 1]) = (a[i], hasPair ? b[i] : 0) }
    rows.forward.transform(z, into: f)
    let first = spectrum + row * 2 * columns
    let second = first + 2 * columns
    for v in 0..<columns {
      let mirror = v == 0 ? 0 : width - v
      let (re, im) = (f[2 * v], f[2 * v + 1])
      let (mirrorRe, mirrorIm) = (f[2 * mirror], f[2 * mirror + 1])
      first[2 * v] = (re + mirrorRe) / 2
      first[2 * v + 1] = (im - mirrorIm) / 2
      guard hasPair else { continue }
      second[2 * v] = (im + mirrorIm) / 2
      second[2 * v + 1] = (mirrorRe - re) / 2
    }
  }

  /// The reverse: `Z = A + i B`, `Z(-v) = conj A(v) + i conj B(v)`.
  private func inverseRows(
    _ spectrum: UnsafePointer<S>, _ row: Int, _ x: UnsafeMutablePointer<S>,
    _ buffer: UnsafeMutablePointer<S>
  ) {
    let hasPair = row + 1 < height
    let first = spectrum + row * 2 * columns
    let second = hasPair ? first + 2 * columns : first
    let (z, f) = (buffer, buffer + 2 * width)
    for v in 0..<columns {
      // Frequencies that are their own mirror image have real numbers.
      let isOwnMirror = v == 0 || 2 * v == width
      let scale: S = hasPair ? 1 : 0
      let (aRe, aIm) = (first[2 * v], isOwnMirror ? 0 : first[2 * v + 1])
      let (bRe, bIm) = (scale * second[2 * v], isOwnMirror ? 0 : scale * second[2 * v + 1])
      (z[2 * v], z[2 * v + 1]) = (aRe - bIm, aIm + bRe)
      guard !isOwnMirror else { continue }
      let mirror = width - v
      (z[2 * mirror], z[2 * mirror + 1]) = (aRe + bIm, bRe - aIm)
    }
    rows.inverse.transform(z, into: f)
    let (a, b) = (x + row * width, x + (row + 1) * width)
    for i in 0..<width { a[i] = f[2 * i] }
    if hasPair { for i in 0..<width { b[i] = f[2 * i + 1] } }
  }

  private func transformColumns(
    _ spectrum: UnsafeMutablePointer<S>, planes: Int, _ plan: FourierPlan<S>, on pool: WorkerPool
  ) {
    let pieces = (columns + Self.columnsAtOnce - 1) / Self.columnsAtOnce
    pool.forEach(planes * pieces) { piece in
      let first = piece % pieces * Self.columnsAtOnce
      let some = first..<min(first + Self.columnsAtOnce, columns)
      let plane = spectrum + piece / pieces * count
      withUnsafeTemporaryAllocation(of: S.self, capacity: 2 * height * (some.count + 1)) { buffer in
        transformColumns(plane, some, plan, buffer.baseAddress!)
      }
    }
  }

  private func transformColumns(
    _ spectrum: UnsafeMutablePointer<S>, _ some: Range<Int>, _ plan: FourierPlan<S>,
    _ buffer: UnsafeMutablePointer<S>
  ) {
    let (stride, line) = (2 * columns, 2 * height)
    for y in 0..<height {
      let row = spectrum + y * stride + 2 * some.lowerBound
      for i in 0..<some.count {
        (buffer[i * line + 2 * y], buffer[i * line + 2 * y + 1]) = (row[2 * i], row[2 * i + 1])
      }
    }
    let out = buffer + some.count * line
    for i in 0..<some.count {
      plan.transform(buffer + i * line, into: out)
      (buffer + i * line).update(from: out, count: line)
    }
    for y in 0..<height {
      let row = spectrum + y * stride + 2 * some.lowerBound
      for i in 0..<some.count {
        (row[2 * i], row[2 * i + 1]) = (buffer[i * line + 2 * y], buffer[i * line + 2 * y + 1])
      }
    }
  }
}
