import Tensors

/// `A^* A`, its own adjoint. The norm is the square of that of `A`.
public struct NormalOperator: LinearOperator {
  /// `A`.
  public let base: any LinearOperator

  /// `A^* A` of an operator.
  public init(_ base: any LinearOperator) { self.base = base }

  public var input: ImageShape { base.input }
  public var output: ImageShape { base.input }
  public var norm: Double { base.norm * base.norm }

  public func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    base.normal(x, into: &y, on: pool)
  }

  public func adjoint<S: TensorScalar>(
    of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool
  ) {
    base.normal(y, into: &x, on: pool)
  }
}
