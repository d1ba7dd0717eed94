import Tensors

/// `A B`: first `B`, then `A`. The norm is the product of theirs, an upper bound.
public struct Composition: LinearOperator {
  /// Applied last.
  public let outer: any LinearOperator
  /// Applied first.
  public let inner: any LinearOperator

  public var input: ImageShape { inner.input }
  public var output: ImageShape { outer.output }
  public var norm: Double { outer.norm * inner.norm }

  /// `outer inner`.
  /// - Throws: ``ImagingError/unsuitable(_:)`` unless the extents between them agree.
  public init(
    _ outer: any LinearOperator, after inner: any LinearOperator
  ) throws(ImagingError) {
    guard outer.input == inner.output else {
      throw .unsuitable(
        "\(type(of: outer)) takes pictures of \(outer.input), \(type(of: inner)) makes "
          + "\(inner.output); make them agree")
    }
    (self.outer, self.inner) = (outer, inner)
  }

  public func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    outer.apply(inner.apply(x, on: pool), into: &y, on: pool)
  }

  public func adjoint<S: TensorScalar>(
    of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool
  ) {
    inner.adjoint(of: outer.adjoint(of: y, on: pool), into: &x, on: pool)
  }
}
