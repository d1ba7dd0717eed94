import Tensors

/// The adjoint of another stage as a stage, by that stage's own parameters: `z = A(theta)^* x`, without an
/// offset. The `V = W^T` of a tied residual block, whose two layers are given the same tensors.
///
/// For inverting and evaluating; trained, the two would part, so that it takes no gradient.
struct AdjointStage: AffineStage {
  let base: any AffineStage

  var inputs: Int { base.outputs }
  var outputs: Int { base.inputs }
  var inputImage: ImageShape? { base.outputImage }
  var outputImage: ImageShape? { base.inputImage }
  var parameters: [ParameterShape] { base.parameters }

  func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    base.adjoint(theta, of: x, into: &z, on: pool, finish: finish)
  }

  func offset<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S>? { nil }

  func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    base.apply(theta, to: r, into: &u, on: pool, finish: finish)
  }

  func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    preconditionFailure("a tied stage is not trained by itself")
  }
}
