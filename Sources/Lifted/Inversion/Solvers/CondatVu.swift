import Proximal
import Tensors

/// Condat's and Vu's method, the data term by its gradient:
///
///     u^ = prox_{tau alpha g}(u - tau (c A^*(sigma(A u + b) - f) + K_u^* p)),   w^ = w - tau K_w^* p
///     p^ = prox_{s (alpha h)^*}(p + s K(2 u^ - u, 2 w^ - w))
///     1/tau - s ||K||^2 >= c ||A||^2 / 2
///
/// `tau = 1/(c ||A||^2)`, and `s` at 0.99 of its bound. Simple, and slow where `||A||` is large against
/// `alpha`: ``PrimalDual`` is the one to take. Cost of an iteration: one product, one adjoint, `K` and `K^*`.
///
/// Source: Condat, Journal of Optimization Theory and Applications 158, 2013; Vu, Advances in Computational
/// Mathematics 38, 2013.
public struct CondatVu: InversionSolver {
  /// The method; its steps follow from the norms.
  public init() {}

  public func step<S: TensorScalar>(
    _ state: inout InversionState<S>, _ problem: LayerInversion<S>, on pool: WorkerPool
  ) {
    let j = problem.regulariser
    let data = max(problem.scale * problem.squaredNorm, .leastNormalMagnitude)
    let (pulledU, pulledW) = problem.pulledMap(state.p, on: pool)
    let y = state.z.activated(by: problem.layer.activation, on: pool)
    var u = problem.pull(y, on: pool)
    u.combine(1, 1, pulledU)
    u.combine(S(-1 / data), 1, state.u)
    j.proxOfSimplePart(&u, step: S(problem.alpha / data), on: pool)
    let w = sum(1, state.w, -1 / data, pulledW)
    if problem.hasMap {
      let s = 0.99 * data / (2 * problem.squaredNormOfMap)
      var p = problem.mapped(sum(2, u, -1, state.u), sum(2, w, -1, state.w), on: pool)
      p.combine(S(s), 1, state.p)
      j.proxOfDual(&p, step: S(s), weight: S(problem.alpha), on: pool)
      state.p = p
    }
    (state.u, state.w, state.y) = (u, w, y)
    state.z = problem.preactivation(at: u, on: pool)
    state.iterations += 1
  }
}
