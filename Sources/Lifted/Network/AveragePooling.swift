import Tensors

/// The mean over windows of an image, each channel by itself; no parameters. PyTorch's `AvgPool2d`.
///
/// The linear pooling: maximum pooling is no proximal map.
public struct AveragePooling: AffineStage {
  /// Each channel by itself, all weights `1 / taps`.
  private let shape: ConvolutionShape

  /// - Parameters:
  ///   - input: the image that comes in.
  ///   - window: the extent of a window.
  ///   - stride: pixels from one window to the next; the window's extent if `nil`. Pixels beyond the last
  ///     whole window are left out.
  /// - Throws: ``SolverError/shape(_:)``.
  public init(_ input: ImageShape, window: Extent, stride: Extent? = nil) throws(SolverError) {
    shape = try ConvolutionShape.checked { () throws(ShapeError) in
      try ConvolutionShape(
        input: input, channels: input.channels, kernel: window, stride: stride ?? window,
        groups: input.channels)
    }
  }

  /// Numbers of the image that comes in.
  public var inputs: Int { shape.input.count }
  /// Numbers of the image that goes out.
  public var outputs: Int { shape.output.count }
  /// The image that comes in.
  public var inputImage: ImageShape? { shape.input }
  /// The image that goes out.
  public var outputImage: ImageShape? { shape.output }
  /// None.
  public var parameters: [ParameterShape] { [] }

  /// The means. Cost: one addition for each input and window it lies in.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    check(inputs: x.shape, outputs: z.shape)
    x.withPointer { x in
      forEachSample(of: &z, on: pool, finish) { sample, z in
        for c in 0..<shape.input.channels {
          S.means(windows, of: x + sample * inputs + c * inputPlane, into: z + c * outputPlane)
        }
      }
    }
  }

  /// Each residual spread over its window. Cost as of ``apply(_:to:into:on:finish:)``.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    check(inputs: u.shape, outputs: r.shape)
    r.withPointer { r in
      forEachSample(of: &u, on: pool, finish) { sample, u in
        for c in 0..<shape.input.channels {
          S.spreadMeans(
            windows, of: r + sample * outputs + c * outputPlane, into: u + c * inputPlane)
        }
      }
    }
  }

  /// Nothing.
  public func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {}
}

extension AveragePooling {
  private var windows: PoolingWindows { PoolingWindows(shape) }
  private var inputPlane: Int { shape.input.height * shape.input.width }
  private var outputPlane: Int { shape.output.height * shape.output.width }

  private func forEachSample<S: TensorScalar>(
    of result: inout Tensor<S>, on pool: WorkerPool,
    _ finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?,
    _ body: (Int, UnsafeMutablePointer<S>) -> Void
  ) {
    let (samples, width) = (result.rows, result.columns)
    result.withMutablePointer { pointer in
      pool.forEach(samples) { sample in
        body(sample, pointer + sample * width)
        finish?(Tile(rows: sample..<(sample + 1), columns: 0..<width), pointer)
      }
    }
  }

  private func check(inputs x: [Int], outputs z: [Int]) {
    precondition(
      x.count == 2 && z.count == 2 && x[0] == z[0] && x[1] == inputs && z[1] == outputs,
      "matrices of shapes \(x) and \(z) at an average over windows of \(shape.input)")
  }
}
