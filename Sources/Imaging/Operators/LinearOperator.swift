import Tensors

/// A linear map `A` between pictures, with its adjoint: the known physics of an imaging problem.
///
/// Batches are tensors with one picture in each row, laid out as `ImageShape` says. Results are the
/// same bits for any number of threads.
public protocol LinearOperator: Sendable {
  /// Extents of what it is applied to.
  var input: ImageShape { get }
  /// Extents of what it makes.
  var output: ImageShape { get }
  /// An upper bound of the spectral norm `||A||_2`, for step sizes; every operator says whether it is
  /// exact.
  var norm: Double { get }

  /// `y <- A x`, picture by picture.
  func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool)

  /// `x <- A^* y`, picture by picture: the exact transpose of ``apply(_:into:on:)``.
  func adjoint<S: TensorScalar>(of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool)

  /// `z <- A^* A x`; by default one after the other, overridden where there is a shorter way.
  func normal<S: TensorScalar>(_ x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool)

  /// `(1 + step A^* A)^(-1)`, the proximal map of `step/2 ||A x||^2`, for operators that have it in
  /// closed form; `nil`, the default, for others. `step > 0`.
  func resolvent(step: Double) -> (any LinearOperator)?
}

extension LinearOperator {
  public func normal<S: TensorScalar>(
    _ x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool
  ) {
    adjoint(of: apply(x, on: pool), into: &z, on: pool)
  }

  public func resolvent(step: Double) -> (any LinearOperator)? { nil }

  /// `A x`, one picture in each row.
  public func apply<S: TensorScalar>(_ x: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
    var y = Tensor<S>(shape: output.batch(x.rows))
    apply(x, into: &y, on: pool)
    return y
  }

  /// `A^* y`, one picture in each row.
  public func adjoint<S: TensorScalar>(of y: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
    var x = Tensor<S>(shape: input.batch(y.rows))
    adjoint(of: y, into: &x, on: pool)
    return x
  }
}

/// Hands the elements of two batches to a kernel after checking that they fit; `source` and `target`
/// are the extents of a picture.
@inline(__always)
func withBatches<S: TensorScalar>(
  _ x: Tensor<S>, _ source: ImageShape, into y: inout Tensor<S>, _ target: ImageShape,
  _ kernel: (UnsafePointer<S>, UnsafeMutablePointer<S>, _ pictures: Int) -> Void
) {
  precondition(x.columns == source.count, "shape \(x.shape) is no batch of \(source) pictures")
  precondition(
    y.columns == target.count && y.rows == x.rows,
    "shape \(y.shape) is no batch of \(x.rows) pictures of \(target)")
  let pictures = x.rows
  x.withPointer { x in y.withMutablePointer { y in kernel(x, y, pictures) } }
}
