import Tensors

/// The adjoint of another stage as a stage, by that stage's own weights and without an offset:
/// `z = A(theta)^* x`. The `V = W^T` of a residual block, see ``tiedResidual(_:_:)``.
///
/// Shapes, cost: those of the stage with inputs and outputs exchanged. Its one parameter is the stage's
/// first, so that a ``Layer`` of it can share that of a layer of the stage.
public struct AdjointStage: AffineStage {
  /// The stage whose adjoint it is.
  public let base: any AffineStage

  /// - Throws: ``SolverError/unsuitable(_:)`` unless the stage is one weight and at most an offset, linear
  ///   in the weight.
  public init(of base: any AffineStage) throws(SolverError) {
    let weights = base.parameters.prefix { $0.fanIn > 0 }.count
    let offsets = base.parameters.count - weights
    guard weights == 1, offsets <= 1, base.isAffineInParameters else {
      throw .unsuitable(
        "the adjoint of \(type(of: base)) cannot be a stage: it takes one of a single weight and at most an "
          + "offset, such as a dense layer or a convolution")
    }
    self.base = base
  }

  /// The outputs of the stage.
  public var inputs: Int { base.outputs }
  /// The inputs of the stage.
  public var outputs: Int { base.inputs }
  /// The image that goes out of the stage.
  public var inputImage: ImageShape? { base.outputImage }
  /// The image that comes into the stage.
  public var outputImage: ImageShape? { base.inputImage }
  /// The stage's weight.
  public var parameters: [ParameterShape] { Array(base.parameters.prefix(1)) }

  /// The stage's adjoint.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    base.adjoint(theta, of: x, into: &z, on: pool, finish: finish)
  }

  /// The stage without its offset.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    base.apply(theta, to: r, into: &u, on: pool, finish: finish)
  }

  /// `<r, A^* x> = <A r, x>`: the stage's gradient with the two exchanged.
  public func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    base.gradient(of: x, at: r, scale: scale, on: pool) { parameter, range, gradient in
      if parameter == 0 { body(parameter, range, gradient) }
    }
  }
}
