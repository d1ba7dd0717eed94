import Tensors

/// Downsampling by averages of blocks of `factor x factor` pixels: super-resolution.
///
/// `A A^* = 1/factor^2`, so the norm is exactly `1/factor`. Height and width must be multiples of the
/// factor.
public struct BlockAverage: LinearOperator {
  public let input: ImageShape
  public let output: ImageShape
  public var norm: Double { 1 / Double(factor) }
  /// Side of a block in pixels.
  public let factor: Int

  /// - Throws: ``ImagingError/unsuitable(_:)`` unless height and width are multiples of the factor, and
  ///   the factor is at least 1.
  public init(_ input: ImageShape, factor: Int) throws(ImagingError) {
    output = try input.divided(by: factor)
    (self.input, self.factor) = (input, factor)
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    let (width, factor, area) = (input.width, factor, S(factor * factor))
    let target = output
    withBatches(x, input, into: &y, target) { x, y, pictures in
      pool.forEachBand(
        planes: pictures * input.channels, height: target.height, width: width * factor
      ) { plane, rows in
        for row in rows {
          let x = x + plane * input.pixels + row * factor * width
          let y = y + plane * target.pixels + row * target.width
          for column in 0..<target.width {
            var sum: S = 0
            for i in 0..<factor {
              for j in 0..<factor { sum += x[i * width + column * factor + j] }
            }
            y[column] = sum / area
          }
        }
      }
    }
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func adjoint<S: TensorScalar>(
    of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool
  ) {
    let (width, factor, area) = (input.width, factor, S(factor * factor))
    withBatches(y, output, into: &x, input) { y, x, pictures in
      pool.forEachBand(planes: pictures * input.channels, height: input.height, width: width) {
        plane, rows in
        for row in rows {
          let y = y + plane * output.pixels + row / factor * output.width
          let x = x + plane * input.pixels + row * width
          for column in 0..<width { x[column] = y[column / factor] / area }
        }
      }
    }
  }

  /// `1 - step factor^2 / (factor^2 + step) A^* A`
  public func resolvent(step: Double) -> (any LinearOperator)? {
    Combination(step: step, of: self)
  }
}

/// `(1 + step A^* A)^(-1) = 1 - step/(1 + step c) A^* A` where `A A^* = c`.
private struct Combination: LinearOperator {
  let average: BlockAverage
  let share: Double
  var input: ImageShape { average.input }
  var output: ImageShape { average.input }
  var norm: Double { 1 }

  init(step: Double, of average: BlockAverage) {
    self.average = average
    share = step / (1 + step * average.norm * average.norm)
  }

  func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    average.normal(x, into: &y, on: pool)
    withBatches(x, input, into: &y, input) { x, y, pictures in
      S.combine(1, x, S(-share), y, into: y, count: pictures * input.count)
    }
  }

  func adjoint<S: TensorScalar>(of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool) {
    apply(y, into: &x, on: pool)
  }
}

extension ImageShape {
  /// The extents after keeping one pixel in `factor x factor`.
  func divided(by factor: Int) throws(ImagingError) -> ImageShape {
    guard factor >= 1, height % factor == 0, width % factor == 0 else {
      throw .unsuitable(
        "pictures of \(self) cannot be downsampled by \(factor); cut them to multiples of it")
    }
    return try ImageShape(channels, height / factor, width / factor)
  }
}
