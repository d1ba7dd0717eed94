import Tensors

/// A convolutional stage: each output is a sum over the patch of the image below it, the same weights
/// everywhere; see `ConvolutionShape`.
///
/// Images are rows of numbers, channel by channel, so that a ``Dense`` stage may follow without more ado.
/// Parameters have PyTorch's shapes.
public struct Convolution: AffineStage {
  /// Images, kernel, stride, padding, dilation and groups.
  public let shape: ConvolutionShape
  /// Whether each output channel has an offset.
  public let hasBias: Bool

  /// A convolution of given extents.
  public init(_ shape: ConvolutionShape, hasBias: Bool = true) {
    (self.shape, self.hasBias) = (shape, hasBias)
  }

  /// Numbers of the image that comes in.
  public var inputs: Int { shape.input.count }
  /// Numbers of the image that goes out.
  public var outputs: Int { shape.output.count }
  /// The image that comes in.
  public var inputImage: ImageShape? { shape.input }
  /// The image that goes out.
  public var outputImage: ImageShape? { shape.output }

  /// `weight` of shape `(outputs, inputs / groups, kernel height, kernel width)`, channels counted, and
  /// `bias` of shape `(outputs)`.
  public var parameters: [ParameterShape] {
    .image(weight: shape.weightShape, fanIn: shape.patch, bias: hasBias ? shape.output : nil)
  }

  /// The convolution of each sample. Cost: `2 outputs patch` operations a sample.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    shape.apply(theta[0], to: x, into: &z, on: pool, finish: finish)
  }

  /// The offset of a channel at each of its pixels.
  public func offset<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S>? {
    hasBias ? shape.output.spread(theta[1]) : nil
  }

  /// The transposed convolution. Cost as of ``apply(_:to:into:on:finish:)``.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    shape.adjoint(theta[0], of: r, into: &u, on: pool, finish: finish)
  }

  /// The same on parts of wider rows, without copies.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, from start: Int, into z: inout Tensor<S>, at end: Int,
    on pool: WorkerPool, finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    shape.apply(theta[0], to: x, from: start, into: &z, at: end, on: pool, finish: finish)
  }

  /// The same on parts of wider rows, without copies.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, from start: Int, into u: inout Tensor<S>, at end: Int,
    on pool: WorkerPool, finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    shape.adjoint(theta[0], of: r, from: start, into: &u, at: end, on: pool, finish: finish)
  }

  /// Products of residuals and patches, and sums of residuals. Cost as of
  /// ``apply(_:to:into:on:finish:)``.
  public func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    shape.gradient(of: r, at: x, scale: scale, on: pool) { body(0, $0, $1) }
    if hasBias { shape.output.biasGradient(of: r, scale: scale, on: pool) { body(1, $0, $1) } }
  }

  /// Ridge regression of the residuals on the patches through their Gram matrix, for patches of up to
  /// 2048 numbers; by conjugate gradients beyond.
  ///
  /// Cost: `2 patch^2` operations for each output pixel and sample, about `patch / channels` times those of
  /// a gradient, and a Cholesky factorisation of order `patch + 1` for each group.
  public func implicitStep<S: TensorScalar>(
    _ theta: inout [Tensor<S>], residual r: Tensor<S>, at x: Tensor<S>, scale: S, tau: S,
    relaxation: S, on pool: WorkerPool
  ) throws(SolverError) {
    if shape.patch <= Self.largestPatch {
      try PatchSolve(stage: self, inputs: x, ridge: 1 / (scale * tau))
        .subtractSolution(for: r, from: &theta, times: relaxation, on: pool)
    } else {
      try conjugateGradientStep(
        &theta, residual: r, at: x, scale: scale, tau: tau, relaxation: relaxation, on: pool)
    }
  }

  private static let largestPatch = 2048

  /// The greatest squared singular value of the patches with a 1 appended. Outputs do not share weights,
  /// so one output channel a group tells. Cost: `4 patch` operations for each pixel of the output, sample,
  /// group and iteration.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    Convolution(shape.withOneOutput, hasBias: hasBias)
      .iteratedParameterNorm(at: x, vector: &vector, iterations: iterations, on: pool)
  }
}
