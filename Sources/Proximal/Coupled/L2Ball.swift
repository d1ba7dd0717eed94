import Tensors

/// Projection of a row on the Euclidean ball: `Psi` is the indicator of `||y|| <= radius`.
///
///     sigma(z) = z min(1, radius/||z||),   Phi(y) = 1/2 ||y||^2 on the ball
///     Phi^*(z) = 1/2 ||z||^2 - 1/2 max(||z|| - radius, 0)^2
///     prox_{t Psi} = sigma for every t,   prox_{mu Phi}(v) = sigma(v/(1+mu))
///
/// Points outside by no more than rounding count as inside.
public struct L2Ball: Activation {
  /// The radius, `> 0`.
  public let radius: Double

  /// - Throws: ``ProximalError`` unless `radius > 0`.
  public init(radius: Double) throws(ProximalError) {
    try ProximalError.require(radius > 0, "L2Ball", "radius", radius, "a finite number > 0")
    self.radius = radius
  }

  public var coupling: Coupling { .row }

  public func value<S: TensorScalar>(of y: UnsafePointer<S>, count: Int) -> S {
    length(y, count) <= radius * (1 + SimplexProjection.tolerance(S.self, count: count))
      ? 0 : .infinity
  }

  public func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    guard count > 0 else { return }
    rowwise(
      v, into: out,
      { scaleGroups($0, into: $1, size: count, count: count) { $0 > radius ? radius / $0 : 1 } },
      { scaleGroups($0, into: $1, size: count, count: count) { $0 > radius ? radius / $0 : 1 } })
  }

  public func conjugate<S: TensorScalar>(at z: UnsafePointer<S>, count: Int) -> S {
    let length = length(z, count)
    return S(length <= radius ? length * length / 2 : radius * (length - radius / 2))
  }

  private func length<S: TensorScalar>(_ x: UnsafePointer<S>, _ count: Int) -> Double {
    rowwise(x, { norm($0, count: count) }, { norm($0, count: count) })
  }
}
