import Tensors

/// `A - B`, of operators between the same pictures. The norm is the sum of theirs, an upper bound.
public struct Difference: LinearOperator {
  /// `A`.
  public let first: any LinearOperator
  /// `B`.
  public let second: any LinearOperator

  /// The difference; inputs and outputs must have the same extents.
  public init(_ first: any LinearOperator, _ second: any LinearOperator) {
    precondition(
      first.input == second.input && first.output == second.output,
      "operators between different pictures")
    (self.first, self.second) = (first, second)
  }

  public var input: ImageShape { first.input }
  public var output: ImageShape { first.output }
  public var norm: Double { first.norm + second.norm }

  public func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    var part = y
    second.apply(x, into: &part, on: pool)
    first.apply(x, into: &y, on: pool)
    y.combine(1, -1, part)
  }

  public func adjoint<S: TensorScalar>(
    of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool
  ) {
    var part = x
    second.adjoint(of: y, into: &part, on: pool)
    first.adjoint(of: y, into: &x, on: pool)
    x.combine(1, -1, part)
  }
}
