import Tensors

/// Runs a row function that is written for one concrete scalar type: `Float` or `Double`.
///
/// The row is handed over under its own type, so the loops inside are compiled for it.
@inline(__always)
func rowwise<S: TensorScalar, Result>(
  _ row: UnsafePointer<S>, _ float: (UnsafePointer<Float>) -> Result,
  _ double: (UnsafePointer<Double>) -> Result
) -> Result {
  S.self == Float.self
    ? float(bound(row, to: Float.self)) : double(bound(row, to: Double.self))
}

/// The same with a row to write to.
@inline(__always)
func rowwise<S: TensorScalar>(
  _ row: UnsafePointer<S>, into out: UnsafeMutablePointer<S>,
  _ float: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void,
  _ double: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
) {
  if S.self == Float.self {
    float(bound(row, to: Float.self), bound(out, to: Float.self))
  } else {
    double(bound(row, to: Double.self), bound(out, to: Double.self))
  }
}
