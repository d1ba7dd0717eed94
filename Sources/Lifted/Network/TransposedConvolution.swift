import Tensors

/// The adjoint of a convolution as a stage: it makes images larger where the convolution makes them
/// smaller. PyTorch's `ConvTranspose2d`.
public struct TransposedConvolution: AffineStage {
  /// The convolution whose adjoint it is: its output comes in here, its input goes out.
  public let adjointOf: ConvolutionShape
  /// Whether each output channel has an offset.
  public let hasBias: Bool

  /// The adjoint of a convolution. The image that goes out is the convolution's input, so PyTorch's
  /// output padding needs no number of its own.
  public init(adjointOf shape: ConvolutionShape, hasBias: Bool = true) {
    (adjointOf, self.hasBias) = (shape, hasBias)
  }

  /// Numbers of the image that comes in.
  public var inputs: Int { adjointOf.output.count }
  /// Numbers of the image that goes out.
  public var outputs: Int { adjointOf.input.count }
  /// The image that comes in.
  public var inputImage: ImageShape? { adjointOf.output }
  /// The image that goes out.
  public var outputImage: ImageShape? { adjointOf.input }

  /// `weight` of shape `(inputs, outputs / groups, kernel height, kernel width)`, channels counted, and `bias`
  /// of shape `(outputs)`.
  public var parameters: [ParameterShape] {
    // A pixel meets one tap in `stride` each way.
    let taps = adjointOf.kernel.height * adjointOf.kernel.width
    let met = max(taps / (adjointOf.stride.height * adjointOf.stride.width), 1)
    return .image(
      weight: adjointOf.weightShape, fanIn: adjointOf.output.channels / adjointOf.groups * met,
      bias: hasBias ? adjointOf.input : nil)
  }

  /// The adjoint of the convolution. Cost: `2 inputs` times the convolution's patch a sample.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    adjointOf.adjoint(theta[0], of: x, into: &z, on: pool, finish: finish)
  }

  /// The offset of a channel at each of its pixels.
  public func offset<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S>? {
    hasBias ? adjointOf.input.spread(theta[1]) : nil
  }

  /// The convolution.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    adjointOf.apply(theta[0], to: r, into: &u, on: pool, finish: finish)
  }

  /// The same on parts of wider rows, without copies.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, from start: Int, into z: inout Tensor<S>, at end: Int,
    on pool: WorkerPool, finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    adjointOf.adjoint(theta[0], of: x, from: start, into: &z, at: end, on: pool, finish: finish)
  }

  /// The same on parts of wider rows, without copies.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, from start: Int, into u: inout Tensor<S>, at end: Int,
    on pool: WorkerPool, finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    adjointOf.apply(theta[0], to: r, from: start, into: &u, at: end, on: pool, finish: finish)
  }

  /// `<r, W^* x> = <W r, x>`: the convolution's gradient with the two images exchanged.
  public func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    adjointOf.gradient(of: x, at: r, scale: scale, on: pool) { body(0, $0, $1) }
    if hasBias { adjointOf.input.biasGradient(of: r, scale: scale, on: pool) { body(1, $0, $1) } }
  }

  /// The weights that lead to an output channel: its kernels, one for each channel below in its group.
  public func scale<S: TensorScalar>(
    unit: Int, of theta: inout [Tensor<S>], by factor: S, offset: S
  ) {
    let taps = adjointOf.kernel.height * adjointOf.kernel.width
    let outs = adjointOf.input.channels / adjointOf.groups
    let ins = adjointOf.output.channels / adjointOf.groups
    let (group, channel) = (unit / outs, unit % outs)
    theta[0].withMutablePointer { weight in
      for c in (group * ins)..<((group + 1) * ins) {
        let kernel = weight + (c * outs + channel) * taps
        S.combine(factor, kernel, 0, kernel, into: kernel, count: taps)
      }
    }
    if hasBias { theta[1][unit] = offset }
  }
}
