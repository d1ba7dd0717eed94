import Tensors

/// Sparsemax, projection of a row on the probability simplex: `Psi` is its indicator.
///
///     sigma(z) = P(z) = max(z - tau, 0) with tau such that the entries sum to 1
///     Phi(y)   = 1/2 ||y||^2 on the simplex,   Phi^*(z) = 1/2 ||z||^2 - 1/2 ||z - P||^2
///     prox_{t Psi} = P for every t,   prox_{mu Phi}(v) = P(v/(1+mu))
///
/// `B(y, z)` is the sparsemax loss. `y` counts as on the simplex if its sum is 1 up to rounding.
/// Source: Martins and Astudillo, "From softmax to sparsemax", ICML 2016.
public struct Sparsemax: Activation {
  /// The activation; it has no parameters.
  public init() {}

  public var coupling: Coupling { .row }

  public func value<S: TensorScalar>(of y: UnsafePointer<S>, count: Int) -> S {
    SimplexProjection.holds(y, count: count) ? 0 : .infinity
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
    let (greatest, tau) = SimplexProjection.threshold(count: count, total: 1) { Double(v[$0]) }
    for i in 0..<count { out[i] = S(max(Double(v[i]) - greatest - tau, 0)) }
  }
}
