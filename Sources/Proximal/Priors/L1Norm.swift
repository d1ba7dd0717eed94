import Tensors

/// `J(u) = ||u||_1 = sum_i |u_i|`: few numbers that are not 0.
///
///     prox_{t J}(v)_i = sign(v_i) max(|v_i| - t, 0)
public struct L1Norm: RowRegulariser, Equatable {
  /// The norm, for rows of any length.
  public init() {}

  public func check(columns: Int) throws(ProximalError) {}

  public func value<S: TensorScalar>(of u: UnsafePointer<S>, count: Int) -> Double {
    Double(sum(count, u) as S)
  }

  private func sum<S: TensorScalar>(_ count: Int, _ u: UnsafePointer<S>) -> S {
    total(count, u, u, { x, _ in abs(x) }, { x, _ in abs(x) })
  }

  public func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    let (float, double) = (Float(step), Double(step))
    elementwise(
      v, into: out, count: count, { $0 - max(-float, min($0, float)) },
      { $0 - max(-double, min($0, double)) })
  }
}
