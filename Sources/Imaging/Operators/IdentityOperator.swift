import Tensors

/// `A x = x`: denoising. The norm is exactly 1.
public struct IdentityOperator: LinearOperator {
  public let input: ImageShape
  public var output: ImageShape { input }
  public var norm: Double { 1 }

  /// The identity on pictures of the given extents.
  public init(_ shape: ImageShape) { input = shape }

  public func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    withBatches(x, input, into: &y, output) { $1.update(from: $0, count: $2 * input.count) }
  }

  public func adjoint<S: TensorScalar>(
    of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool
  ) {
    apply(y, into: &x, on: pool)
  }

  public func resolvent(step: Double) -> (any LinearOperator)? {
    Diagonal(input, Array(repeating: 1 / (1 + step), count: input.pixels))
  }
}
