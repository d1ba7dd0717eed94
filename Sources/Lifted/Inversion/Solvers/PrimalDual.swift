import Proximal
import Tensors

/// The primal-dual hybrid gradient method with the data term dualised as well, over-relaxed by `rho`:
///
///     u^   = prox_{tau alpha g}(u - tau (c A^*(y - f) + K_u^* p)),   w^ = w - tau K_w^* p
///     y^   = prox_{mu Phi}(y + mu (A(2 u^ - u) + b))
///     p^   = prox_{s (alpha h)^*}(p + s K(2 u^ - u, 2 w^ - w))
///     (u, w, y, p) <- (u, w, y, p) + rho ((u^, w^, y^, p^) - (u, w, y, p))
///
/// The dual of the data term is the layer's variable `y` itself, `c (y - f)` in full; its prox is closed. Steps
/// `tau = stride/alpha`, `tau mu c ||A||^2 = share`, `tau s ||K||^2 = 1 - share`: one iteration moves a number
/// of `u` by a few `stride`s at the most that `J` can. Without a map inside `J`, `mu = 1` and `share = 1`.
/// Cost of an iteration: one product, one adjoint, `K` and `K^*`.
///
/// Source: Chambolle and Pock, Journal of Mathematical Imaging and Vision 40, 2011; relaxation: Condat,
/// Journal of Optimization Theory and Applications 158, 2013.
public struct PrimalDual: InversionSolver {
  /// `tau alpha`, `> 0`, in units of the unknown: some hundredths of its range.
  public let stride: Double
  /// What the data term has of the step condition, in (0, 1).
  public let share: Double
  /// `rho`, in (0, 2).
  public let relaxation: Double

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    stride: Double = 0.015, share: Double = 0.2, relaxation: Double = 1.8
  ) throws(SolverError) {
    try SolverError.requirePositive(stride, "stride")
    try SolverError.requireInside(share, 0, 1, "share")
    try SolverError.requireInside(relaxation, 0, 2, "relaxation")
    (self.stride, self.share, self.relaxation) = (stride, share, relaxation)
  }

  /// The state at `u` with `y = f`, so that the first moves are those of `J`.
  public func start<S: TensorScalar>(
    _ problem: LayerInversion<S>, from u: Tensor<S>, on pool: WorkerPool
  ) -> InversionState<S> {
    var state = InversionState(at: u, problem, on: pool)
    state.y = problem.target
    return state
  }

  public func step<S: TensorScalar>(
    _ state: inout InversionState<S>, _ problem: LayerInversion<S>, on pool: WorkerPool
  ) {
    let (steps, j) = (steps(for: problem), problem.regulariser)
    let (v, zv) = (state.ahead, state.aheadZ)
    let (pulledU, pulledW) = problem.pulledMap(state.p, on: pool)

    var u = problem.pull(state.y, on: pool)
    u.combine(1, 1, pulledU)
    u.combine(S(-steps.tau), 1, v)
    j.proxOfSimplePart(&u, step: S(steps.tau * problem.alpha), on: pool)
    let w = sum(1, state.w, -steps.tau, pulledW)
    let z = problem.preactivation(at: u, on: pool)

    var y = sum(2, z, -1, zv)
    y.combine(S(steps.mu), 1, state.y)
    y.replaceByProxPhi(of: problem.layer.activation, step: steps.mu, on: pool)
    var p = problem.mapped(sum(2, u, -1, v), sum(2, w, -1, state.w), on: pool)
    p.combine(S(steps.s), 1, state.p)
    if problem.hasMap {
      j.proxOfDual(&p, step: S(steps.s), weight: S(problem.alpha), on: pool)
    }

    state.ahead = relaxed(v, u)
    state.aheadZ = relaxed(zv, z)
    state.w = relaxed(state.w, w)
    state.y = relaxed(state.y, y)
    state.p = relaxed(state.p, p)
    (state.u, state.z) = (u, z)
    state.iterations += 1
  }

  private func relaxed<S: TensorScalar>(_ old: Tensor<S>, _ new: Tensor<S>) -> Tensor<S> {
    sum(1 - relaxation, old, relaxation, new)
  }

  /// `tau`, `mu` and `s`.
  func steps<S: TensorScalar>(
    for problem: LayerInversion<S>
  ) -> (tau: Double, mu: Double, s: Double) {
    let data = max(problem.scale * problem.squaredNorm, .leastNormalMagnitude)
    guard problem.hasMap else { return (1 / data, 1, 0) }
    let tau = stride / problem.alpha
    return (tau, share / (tau * data), (1 - share) / (tau * problem.squaredNormOfMap))
  }
}

extension Tensor {
  /// `x <- prox_{mu Phi}(x)`, row by row.
  mutating func replaceByProxPhi(
    of activation: any Activation, step mu: Double, on pool: WorkerPool
  ) {
    let width = columns
    forEachBand(on: pool) { tile, x in
      for row in tile.rows {
        let x = x + row * width
        activation.proxPhi(of: x, step: Scalar(mu), into: x, count: width)
      }
    }
  }
}
