import Tensors

// Loops over raw pointers, compiled for `Float` and for `Double` by name, so that generic code
// reached through `any Activation` runs them at full speed.

/// `out_i <- f(x_i)`; `out` may be `x`.
@inlinable @inline(__always)
public func elementwise<S: TensorScalar>(
  _ x: UnsafePointer<S>, into out: UnsafeMutablePointer<S>, count: Int,
  _ float: (Float) -> Float, _ double: (Double) -> Double
) {
  if S.self == Float.self {
    let (x, out) = (bound(x, to: Float.self), bound(out, to: Float.self))
    for i in 0..<count { out[i] = float(x[i]) }
  } else {
    let (x, out) = (bound(x, to: Double.self), bound(out, to: Double.self))
    for i in 0..<count { out[i] = double(x[i]) }
  }
}

/// `out_i <- f(x_i, y_i)`; `out` may be `x` or `y`.
@inlinable @inline(__always)
public func elementwise<S: TensorScalar>(
  _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, into out: UnsafeMutablePointer<S>, count: Int,
  _ float: (Float, Float) -> Float, _ double: (Double, Double) -> Double
) {
  if S.self == Float.self {
    let (x, y) = (bound(x, to: Float.self), bound(y, to: Float.self))
    let out = bound(out, to: Float.self)
    for i in 0..<count { out[i] = float(x[i], y[i]) }
  } else {
    let (x, y) = (bound(x, to: Double.self), bound(y, to: Double.self))
    let out = bound(out, to: Double.self)
    for i in 0..<count { out[i] = double(x[i], y[i]) }
  }
}

/// `z_i <- z_i + bias_i`, `out_i <- f(z_i)`; `out` may be `z`.
@inlinable @inline(__always)
public func elementwise<S: TensorScalar>(
  _ z: UnsafeMutablePointer<S>, adding bias: UnsafePointer<S>, into out: UnsafeMutablePointer<S>,
  count: Int, _ float: (Float) -> Float, _ double: (Double) -> Double
) {
  if S.self == Float.self {
    let (z, bias) = (bound(z, to: Float.self), bound(bias, to: Float.self))
    let out = bound(out, to: Float.self)
    for i in 0..<count {
      let sum = z[i] + bias[i]
      z[i] = sum
      out[i] = float(sum)
    }
  } else {
    let (z, bias) = (bound(z, to: Double.self), bound(bias, to: Double.self))
    let out = bound(out, to: Double.self)
    for i in 0..<count {
      let sum = z[i] + bias[i]
      z[i] = sum
      out[i] = double(sum)
    }
  }
}

/// `sum_i f(x_i, y_i)`, added up in `Double`.
@inlinable @inline(__always)
public func total<S: TensorScalar>(
  _ count: Int, _ x: UnsafePointer<S>, _ y: UnsafePointer<S>,
  _ float: (Float, Float) -> Float, _ double: (Double, Double) -> Double
) -> S {
  var sum = 0.0
  if S.self == Float.self {
    let (x, y) = (bound(x, to: Float.self), bound(y, to: Float.self))
    for i in 0..<count { sum += Double(float(x[i], y[i])) }
  } else {
    let (x, y) = (bound(x, to: Double.self), bound(y, to: Double.self))
    for i in 0..<count { sum += double(x[i], y[i]) }
  }
  return S(sum)
}

/// The same address; the caller has checked that `S` is `T`.
@inlinable @inline(__always)
func bound<S, T>(_ pointer: UnsafePointer<S>, to type: T.Type) -> UnsafePointer<T> {
  UnsafeRawPointer(pointer).assumingMemoryBound(to: type)
}

@inlinable @inline(__always)
func bound<S, T>(_ pointer: UnsafeMutablePointer<S>, to type: T.Type) -> UnsafeMutablePointer<T> {
  UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: type)
}
