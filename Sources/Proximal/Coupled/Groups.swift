import Tensors

// Loops over consecutive groups of a row, to be called with a concrete scalar type.

/// The Euclidean norm, added up in `Double`.
@inline(__always)
func norm<S: TensorScalar>(_ x: UnsafePointer<S>, count: Int) -> Double {
  var sum = 0.0
  for i in 0..<count { sum += Double(x[i]) * Double(x[i]) }
  return sum.squareRoot()
}

/// `out_g <- factor(||x_g||) x_g` for every group.
@inline(__always)
func scaleGroups<S: TensorScalar>(
  _ x: UnsafePointer<S>, into out: UnsafeMutablePointer<S>, size: Int, count: Int,
  _ factor: (Double) -> Double
) {
  precondition(count % size == 0, "a row of \(count) numbers is no multiple of groups of \(size)")
  for start in stride(from: 0, to: count, by: size) {
    let scale = S(factor(norm(x + start, count: size)))
    for i in start..<start + size { out[i] = scale * x[i] }
  }
}

/// `sum_g term(||x_g||)`.
@inline(__always)
func sumGroups<S: TensorScalar>(
  _ x: UnsafePointer<S>, size: Int, count: Int, _ term: (Double) -> Double
) -> Double {
  precondition(count % size == 0, "a row of \(count) numbers is no multiple of groups of \(size)")
  var sum = 0.0
  for start in stride(from: 0, to: count, by: size) {
    sum += term(norm(x + start, count: size))
  }
  return sum
}
