import Tensors

/// Projection of a row on the l1 ball: `Psi` is the indicator of `sum |y_i| <= radius`.
///
///     sigma(z) = P(z) = z inside, else sign(z) max(|z| - tau, 0) with sum |P_i| = radius
///     Phi(y)   = 1/2 ||y||^2 on the ball,   Phi^*(z) = 1/2 ||z||^2 - 1/2 ||z - P||^2
///     prox_{t Psi} = P for every t,   prox_{mu Phi}(v) = P(v/(1+mu))
///
/// Points outside by no more than rounding count as inside.
public struct L1Ball: Activation {
  /// The radius, `> 0`.
  public let radius: Double

  /// - Throws: ``ProximalError`` unless `radius > 0`.
  public init(radius: Double) throws(ProximalError) {
    try ProximalError.require(radius > 0, "L1Ball", "radius", radius, "a finite number > 0")
    self.radius = radius
  }

  public var coupling: Coupling { .row }

  public func value<S: TensorScalar>(of y: UnsafePointer<S>, count: Int) -> S {
    let length = rowwise(y, { norm1($0, count: count) }, { norm1($0, count: count) })
    return length <= radius * (1 + SimplexProjection.tolerance(S.self, count: count))
      ? 0 : .infinity
  }

  public func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    guard count > 0 else { return }
    rowwise(v, into: out, { project($0, $1, count) }, { project($0, $1, count) })
  }

  public func conjugate<S: TensorScalar>(at z: UnsafePointer<S>, count: Int) -> S {
    conjugateOfProjection(at: z, count: count)
  }

  @inline(__always)
  private func project<S: TensorScalar>(
    _ v: UnsafePointer<S>, _ out: UnsafeMutablePointer<S>, _ count: Int
  ) {
    guard norm1(v, count: count) > radius else {
      if UnsafePointer(out) != v { out.update(from: v, count: count) }
      return
    }
    let (greatest, tau) = SimplexProjection.threshold(count: count, total: radius) {
      Double(abs(v[$0]))
    }
    for i in 0..<count {
      let size = S(max(Double(abs(v[i])) - greatest - tau, 0))
      out[i] = v[i] < 0 ? -size : size
    }
  }
}

/// `sum |x_i|`, in `Double`.
@inline(__always)
func norm1<S: TensorScalar>(_ x: UnsafePointer<S>, count: Int) -> Double {
  var sum = 0.0
  for i in 0..<count { sum += Double(abs(x[i])) }
  return sum
}
