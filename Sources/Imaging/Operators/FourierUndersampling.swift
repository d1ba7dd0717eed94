import Tensors

/// Some frequencies of a picture: `A x = M F x`, `F` the unitary Fourier transform, as in magnetic
/// resonance imaging.
///
/// Channel `c` of a real picture becomes channels `2c` and `2c + 1`, real and imaginary part, at all
/// frequencies, 0 where not measured; the origin is at row `height/2`, column `width/2`. `A^*` is the
/// real part of the inverse transform of what was measured. Since spectra are Hermitian, the norm is
/// exactly 1 where a frequency and its mirror image are both measured, else `sqrt(1/2)`.
public struct FourierUndersampling: LinearOperator {
  public let input: ImageShape
  public var output: ImageShape { input.with(channels: 2 * input.channels) }
  public let norm: Double
  /// The frequencies that are measured, the origin at the centre.
  public let mask: PixelMask
  /// The same with the origin first.
  private let isMeasured: [Bool]
  private let float: RealFourier<Float>
  private let double: RealFourier<Double>

  /// - Throws: ``ImagingError/unsuitable(_:)`` unless mask and pictures have the same extents.
  public init(_ input: ImageShape, measuring mask: PixelMask) throws(ImagingError) {
    guard (input.height, input.width) == (mask.height, mask.width) else {
      throw .unsuitable(
        "a mask of \(mask.height) x \(mask.width) does not fit the frequencies of \(input); "
          + "make one of their height and width")
    }
    let (height, width) = (input.height, input.width)
    (self.input, self.mask) = (input, mask)
    let measured = (0..<height).flatMap { u in
      (0..<width).map { v in
        mask.known[(u + height / 2) % height * width + (v + width / 2) % width]
      }
    }
    isMeasured = measured
    let hasMirror = measured.indices.contains { place in
      measured[place] && measured[Self.mirror(place, height, width)]
    }
    norm = hasMirror ? 1 : (measured.contains(true) ? 0.5.squareRoot() : 0)
    float = RealFourier(height: height, width: width)
    double = RealFourier(height: height, width: width)
  }

  /// Where frequency `-(u, v)` is.
  private static func mirror(_ place: Int, _ height: Int, _ width: Int) -> Int {
    (height - place / width) % height * width + (width - place % width) % width
  }

  /// Where frequency `(u, v)`, origin first, lies in a plane with the origin at the centre.
  @inline(__always)
  private func place(_ u: Int, _ v: Int) -> Int {
    (u + input.height / 2) % input.height * input.width + (v + input.width / 2) % input.width
  }

  public func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    withBatches(x, input, into: &y, output) { x, y, pictures in
      let planes = pictures * input.channels
      if S.self == Float.self {
        measure(concrete(x, Float.self), planes, into: concrete(y, Float.self), float, pool)
      } else {
        measure(concrete(x, Double.self), planes, into: concrete(y, Double.self), double, pool)
      }
    }
  }

  public func adjoint<S: TensorScalar>(
    of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool
  ) {
    withBatches(y, output, into: &x, input) { y, x, pictures in
      let planes = pictures * input.channels
      if S.self == Float.self {
        back(concrete(y, Float.self), planes, into: concrete(x, Float.self), float, pool)
      } else {
        back(concrete(y, Double.self), planes, into: concrete(x, Double.self), double, pool)
      }
    }
  }

  /// Division by `1 + step`, or `1 + step/2` where of a frequency and its mirror image one is measured.
  public func resolvent(step: Double) -> (any LinearOperator)? {
    let (height, width) = (input.height, input.width)
    var transfer: [Double] = []
    for u in 0..<height {
      for v in 0..<width / 2 + 1 {
        let place = u * width + v
        let mirror = Self.mirror(place, height, width)
        let weight = ((isMeasured[place] ? 1 : 0) + (isMeasured[mirror] ? 1 : 0)) / 2.0
        transfer += [1 / (1 + step * weight), 0]
      }
    }
    return CircularFilter(input, transfer: transfer)
  }

  private func measure<S: TensorScalar>(
    _ x: UnsafePointer<S>, _ planes: Int, into y: UnsafeMutablePointer<S>,
    _ fourier: RealFourier<S>, _ pool: WorkerPool
  ) {
    let (height, width, pixels) = (input.height, input.width, input.pixels)
    let scale = 1 / S(pixels).squareRoot()
    withUnsafeTemporaryAllocation(of: S.self, capacity: planes * fourier.count) { buffer in
      let spectrum = buffer.baseAddress!
      fourier.forward(x, planes: planes, into: spectrum, on: pool)
      pool.forEachBand(planes: planes, height: height, width: width) { plane, rows in
        let (re, im) = (y + 2 * plane * pixels, y + (2 * plane + 1) * pixels)
        let z = spectrum + plane * fourier.count
        for u in rows {
          for v in 0..<width {
            let place = place(u, v)
            guard isMeasured[u * width + v] else {
              (re[place], im[place]) = (0, 0)
              continue
            }
            let isKept = v < fourier.columns
            let row = isKept ? u : (height - u) % height
            let i = 2 * (row * fourier.columns + (isKept ? v : width - v))
            re[place] = scale * z[i]
            im[place] = scale * (isKept ? z[i + 1] : -z[i + 1])
          }
        }
      }
    }
  }

  private func back<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ planes: Int, into x: UnsafeMutablePointer<S>,
    _ fourier: RealFourier<S>, _ pool: WorkerPool
  ) {
    let (height, width, pixels) = (input.height, input.width, input.pixels)
    let scale = 1 / (2 * S(pixels).squareRoot())
    withUnsafeTemporaryAllocation(of: S.self, capacity: planes * fourier.count) { buffer in
      let spectrum = buffer.baseAddress!
      pool.forEachBand(planes: planes, height: height, width: width) { plane, rows in
        let (re, im) = (y + 2 * plane * pixels, y + (2 * plane + 1) * pixels)
        let z = spectrum + plane * fourier.count
        for u in rows {
          for v in 0..<fourier.columns {
            // The Hermitian part of what was measured.
            let (mirrorU, mirrorV) = ((height - u) % height, (width - v) % width)
            let here: S = isMeasured[u * width + v] ? scale : 0
            let there: S = isMeasured[mirrorU * width + mirrorV] ? scale : 0
            let (p, q) = (place(u, v), place(mirrorU, mirrorV))
            let i = 2 * (u * fourier.columns + v)
            z[i] = here * re[p] + there * re[q]
            z[i + 1] = here * im[p] - there * im[q]
          }
        }
      }
      fourier.inverse(spectrum, planes: planes, into: x, on: pool)
    }
  }
}
