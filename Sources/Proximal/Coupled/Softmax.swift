import RealModule
import Tensors

/// Softmax over a row: `sigma(z)_i = e^{z_i} / sum_j e^{z_j}`, `y` on the probability simplex.
///
///     Phi(y)   = sum y_i log y_i on the simplex,   Psi(y) = Phi(y) - 1/2 ||y||^2   (convex there)
///     Phi^*(z) = log sum e^{z_j}
///     B(y, z)  = KL( y || softmax(z) ),   the cross-entropy if y is one-hot
///
/// Both proxes have `a y_i + b log y_i = v_i - c` with `c` such that `sum y_i = 1`:
/// `(a, b) = (1 - t, t)` for `prox_{t Psi}`, `(1, mu)` for `prox_{mu Phi}`; see `EntropicRow`.
/// Cost: `O(count)`, some tens of exponentials an element for the proxes.
public struct Softmax: Activation {
  /// The activation; it has no parameters.
  public init() {}

  public var coupling: Coupling { .row }

  public func activate<S: TensorScalar>(
    _ z: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, count: Int
  ) {
    guard count > 0 else { return }
    rowwise(
      z, into: x, { normalisedExponentials($0, into: $1, count: count) },
      { normalisedExponentials($0, into: $1, count: count) })
  }

  public func value<S: TensorScalar>(of y: UnsafePointer<S>, count: Int) -> S {
    guard SimplexProjection.holds(y, count: count) else { return .infinity }
    return total(
      count, y, y, { y, _ in Float(xLogX(Double(y))) - y * y / 2 },
      { y, _ in xLogX(y) - y * y / 2 })
  }

  public func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    let t = Double(step)
    EntropicRow(linear: 1 - t, logarithmic: t).solve(v, into: out, count: count)
  }

  public func proxPhi<S: TensorScalar>(
    of v: UnsafePointer<S>, step mu: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    EntropicRow(linear: 1, logarithmic: Double(mu)).solve(v, into: out, count: count)
  }

  public func conjugate<S: TensorScalar>(at z: UnsafePointer<S>, count: Int) -> S {
    S(rowwise(z, { logSumExp($0, count: count) }, { logSumExp($0, count: count) }))
  }

  public func bregman<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, count: Int
  ) -> S {
    guard SimplexProjection.holds(y, count: count) else { return .infinity }
    let shift: Double = rowwise(
      z, { logSumExp($0, count: count) }, { logSumExp($0, count: count) })
    return total(
      count, y, z, { Float(divergence(Double($0), Double($1) - shift)) },
      { divergence($0, $1 - shift) })
  }

  private func divergence(_ y: Double, _ logQ: Double) -> Double {
    relativeEntropy(y, .exp(logQ), log: logQ)
  }
}

/// `x <- e^{z - max z} / sum`, `x` may be `z`.
@inline(__always)
private func normalisedExponentials<S: TensorScalar>(
  _ z: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, count: Int
) {
  let greatest = maximum(z, count: count)
  for i in 0..<count { x[i] = z[i] - greatest }
  S.map(.exp, x, into: x, count: count)
  var sum = 0.0
  for i in 0..<count { sum += Double(x[i]) }
  let scale = S(1 / sum)
  for i in 0..<count { x[i] *= scale }
}

/// `log sum e^{z_i}`, in `Double`.
@inline(__always)
private func logSumExp<S: TensorScalar>(_ z: UnsafePointer<S>, count: Int) -> Double {
  let greatest = Double(maximum(z, count: count))
  var sum = 0.0
  for i in 0..<count { sum += .exp(Double(z[i]) - greatest) }
  return greatest + .log(sum)
}

/// The greatest number of a row; NaN is passed over, and shows where the row is used.
@inline(__always)
private func maximum<S: TensorScalar>(_ z: UnsafePointer<S>, count: Int) -> S {
  var greatest = -S.infinity
  for i in 0..<count { greatest = max(greatest, z[i]) }
  return greatest
}
