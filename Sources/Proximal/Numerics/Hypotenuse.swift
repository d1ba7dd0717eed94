import Tensors

/// `sqrt(x^2 + leg^2)` for `leg > 0`, in operations that vectorise.
///
/// Where `x^2` overflows, `|x| + leg` is the same number to the last place.
@inlinable @inline(__always)
func hypotenuse<S: TensorScalar>(_ x: S, _ leg: S) -> S {
  min((x * x + leg * leg).squareRoot(), abs(x) + leg)
}
