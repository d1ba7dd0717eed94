import RealModule
import Tensors

/// The Radon transform in parallel beams: line integrals of a picture, as in tomography.
///
/// Row `a`, column `j` of the output is the integral along the line at angle `theta_a` whose signed
/// distance from the picture's centre is `s_j`, both in pixels:
///
///     x cos(theta) + y sin(theta) = s_j,   s_j = j - (detectors - 1) / 2
///
/// `x` to the right and `y` down. Joseph's method: with `t` the distance of a pixel's centre and
/// `c = max(|cos|, |sin|)`, the pixel has weight `max(0, 1 - |t - s_j| / c) / c`. The adjoint has the
/// same weights, pixel by pixel. All weights are nonnegative, so `max_p (A^* A v)_p / v_p` bounds
/// `||A||^2` for every positive `v`: the norm is that of a few power iterations, an upper bound.
/// Cost: four operations for each pixel and angle.
///
/// Sources: Joseph, IEEE Trans. Medical Imaging, 1982; the bound is Collatz's and Wielandt's.
public struct RadonTransform: LinearOperator {
  public let input: ImageShape
  public let output: ImageShape
  public private(set) var norm = 0.0
  /// The angles in radians, one for each row of the output.
  public let angles: [Double]
  private let beams: [Beam]

  /// - Parameters:
  ///   - input: the pictures' extents.
  ///   - angles: in radians.
  ///   - detectors: lines at each angle; by default as many as cross the picture at any angle.
  ///   - pool: works on the norm.
  /// - Throws: ``ImagingError`` without angles or detectors, or for an angle that is not finite.
  public init(
    _ input: ImageShape, angles: [Double], detectors: Int? = nil, on pool: WorkerPool
  ) throws(ImagingError) {
    let (height, width) = (Double(input.height), Double(input.width))
    let detectors = detectors ?? Int((height * height + width * width).squareRoot()) + 3
    try ImagingError.require(angles.count, atLeast: 1, "RadonTransform", "angles")
    try ImagingError.require(detectors, atLeast: 1, "RadonTransform", "detectors")
    for angle in angles {
      try ImagingError.require(
        angle.isFinite, "RadonTransform", "angle", angle, "a finite number")
    }
    (self.input, self.angles) = (input, angles)
    output = try ImageShape(input.channels, angles.count, detectors)
    beams = angles.map { Beam(angle: $0, input: input, detectors: detectors) }
    norm = RadonTransform(one: self).nonnegativeNormBound(iterations: 8, on: pool)
  }

  /// Angles `0, pi/n, ..., (n-1) pi/n`, all that a parallel beam can see.
  /// - Throws: as the designated initialiser.
  public init(
    _ input: ImageShape, views: Int, detectors: Int? = nil, on pool: WorkerPool
  ) throws(ImagingError) {
    try self.init(
      input, angles: (0..<max(views, 0)).map { Double.pi * Double($0) / Double(views) },
      detectors: detectors, on: pool)
  }

  /// The same on pictures of one channel, which has the same norm.
  private init(one other: RadonTransform) {
    input = other.input.with(channels: 1)
    output = other.output.with(channels: 1)
    (angles, beams) = (other.angles, other.beams)
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    let (views, detectors) = (output.height, output.width)
    withBatches(x, input, into: &y, output) { x, y, pictures in
      pool.forEach(pictures * input.channels * views) { row in
        let (x, y) = (x + row / views * input.pixels, y + row * detectors)
        y.update(repeating: 0, count: detectors)
        project(x, beams[row % views], into: y)
      }
    }
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func adjoint<S: TensorScalar>(
    of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool
  ) {
    withBatches(y, output, into: &x, input) { y, x, pictures in
      pool.forEachBand(
        planes: pictures * input.channels, height: input.height, width: input.width * 4
      ) { plane, rows in
        let (y, x) = (y + plane * output.pixels, x + plane * input.pixels)
        for row in rows {
          (x + row * input.width).update(repeating: 0, count: input.width)
          for view in beams.indices {
            spread(y + view * output.width, beams[view], row: row, to: x + row * input.width)
          }
        }
      }
    }
  }

  /// `y_j <- y_j + sum_p w_(jp) x_p`. The inner loop runs along the axis on which neighbours fall on
  /// different detectors.
  @inline(__always)
  private func project<S: TensorScalar>(
    _ x: UnsafePointer<S>, _ beam: Beam, into y: UnsafeMutablePointer<S>
  ) {
    let (height, width) = (input.height, input.width)
    if abs(beam.cosine) >= abs(beam.sine) {
      for row in 0..<height {
        for column in 0..<width { add(x[row * width + column], beam, row, column, y) }
      }
    } else {
      for column in 0..<width {
        for row in 0..<height { add(x[row * width + column], beam, row, column, y) }
      }
    }
  }

  @inline(__always)
  private func add<S: TensorScalar>(
    _ x: S, _ beam: Beam, _ row: Int, _ column: Int, _ y: UnsafeMutablePointer<S>
  ) {
    let (first, weights) = beam.weights(row: row, column: column, S.self)
    if first >= 0 && first < output.width { y[first] += weights.0 * x }
    if first >= -1 && first < output.width - 1 { y[first + 1] += weights.1 * x }
  }

  /// `x_p <- x_p + sum_j w_(jp) y_j` for a row of pixels.
  @inline(__always)
  private func spread<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ beam: Beam, row: Int, to x: UnsafeMutablePointer<S>
  ) {
    for column in 0..<input.width {
      let (first, weights) = beam.weights(row: row, column: column, S.self)
      var sum: S = 0
      if first >= 0 && first < output.width { sum += weights.0 * y[first] }
      if first >= -1 && first < output.width - 1 { sum += weights.1 * y[first + 1] }
      x[column] += sum
    }
  }
}

/// The lines at one angle.
private struct Beam: Sendable {
  let cosine: Double
  let sine: Double
  /// Where the first pixel's centre falls, in detectors.
  private let origin: Double
  private let reach: Double
  private let scale: Double
  /// More than any negative position.
  private let lift: Int

  init(angle: Double, input: ImageShape, detectors: Int) {
    (cosine, sine) = (Double.cos(angle), Double.sin(angle))
    reach = max(abs(cosine), abs(sine))
    scale = 1 / (reach * reach)
    lift = input.width + input.height + 2
    let (right, down) = (Double(input.width - 1) / 2, Double(input.height - 1) / 2)
    origin = Double(detectors - 1) / 2 - right * cosine - down * sine
  }

  /// The detector before a pixel's centre, and the weights of it and the next one.
  @inline(__always)
  func weights<S: TensorScalar>(row: Int, column: Int, _ type: S.Type) -> (Int, (S, S)) {
    let t = origin + Double(column) * cosine + Double(row) * sine
    // Above 0 rounding down is what conversion does.
    let first = Int(t + Double(lift)) - lift
    let part = t - Double(first)
    return (first, (S(max(0, reach - part) * scale), S(max(0, reach - (1 - part)) * scale)))
  }
}
