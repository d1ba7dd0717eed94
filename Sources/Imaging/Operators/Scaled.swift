import Tensors

/// `factor A`. The norm is exact where that of `A` is.
public struct Scaled: LinearOperator {
  /// `A`.
  public let base: any LinearOperator
  /// The factor.
  public let factor: Double

  /// A multiple of an operator; the factor must be finite.
  public init(_ base: any LinearOperator, by factor: Double) {
    precondition(factor.isFinite, "factor \(factor)")
    (self.base, self.factor) = (base, factor)
  }

  public var input: ImageShape { base.input }
  public var output: ImageShape { base.output }
  public var norm: Double { abs(factor) * base.norm }

  public func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    base.apply(x, into: &y, on: pool)
    y.scale(by: S(factor))
  }

  public func adjoint<S: TensorScalar>(
    of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool
  ) {
    base.adjoint(of: y, into: &x, on: pool)
    x.scale(by: S(factor))
  }

  /// `(1 + step factor^2 A^* A)^(-1)`, where `A` has one.
  public func resolvent(step: Double) -> (any LinearOperator)? {
    base.resolvent(step: step * factor * factor)
  }
}
