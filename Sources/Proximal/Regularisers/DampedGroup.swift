import Tensors

/// `u(k) = argmin_u 1/2 ||u - v||^2 + t Psi(u) + k/2 ||u||^2 = prox_{t/(1+k) Psi}(v/(1+k))` for one
/// group of a row, and the `k` at which `k ||u(k)||` has a given value.
struct DampedGroup<S: TensorScalar> {
  let v: UnsafePointer<S>
  let count: Int
  let activation: any Activation
  let t: S

  /// `out <- u(k)` with `k ||u(k)|| = norm`, or 0 if there is none; `out` may be `v`.
  func solve(norm: Double, into out: UnsafeMutablePointer<S>) {
    withUnsafeTemporaryAllocation(of: S.self, capacity: count) { buffer in
      let u = buffer.baseAddress!
      if let damping = damping(norm: norm, u) {
        evaluate(damping, into: u)
        out.update(from: u, count: count)
      } else {
        out.update(repeating: 0, count: count)
      }
    }
  }

  /// The root by doubling and bisection on a logarithmic scale, down to the last bits of `S`.
  private func damping(norm target: Double, _ u: UnsafeMutablePointer<S>) -> S? {
    guard target > 0 else { return 0 }
    var (low, high) = (S.ulpOfOne * S.ulpOfOne, S(1))
    while force(high, u) < target {
      low = high
      high *= 16
      guard high < 1 / (S.ulpOfOne * S.ulpOfOne) else { return nil }
    }
    while high > low * (1 + 2 * .ulpOfOne) {
      let middle = (low * high).squareRoot()
      guard middle > low && middle < high else { break }
      if force(middle, u) < target { low = middle } else { high = middle }
    }
    return high
  }

  /// `k ||u(k)||`.
  private func force(_ k: S, _ u: UnsafeMutablePointer<S>) -> Double {
    evaluate(k, into: u)
    return Double(k) * norm(u, count: count)
  }

  private func evaluate(_ k: S, into u: UnsafeMutablePointer<S>) {
    for i in 0..<count { u[i] = v[i] / (1 + k) }
    activation.prox(of: UnsafePointer(u), step: t / (1 + k), into: u, count: count)
  }
}
