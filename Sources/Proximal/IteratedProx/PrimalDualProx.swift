import Tensors

/// The proximal map of `J(u) = g(u) + min_w h(K (u, w))` by the primal-dual hybrid gradient method:
///
///     p <- prox_{sigma (s h)^*}(p + sigma K (2 u - u before, 2 w - w before))
///     u <- prox_{t s g}((u + tau v - tau (K^* p)_u) / (1 + tau)),   t = tau / (1 + tau)
///     w <- w - tau (K^* p)_w
///
/// `tau sigma ||K||^2 = 1`. The problem is strongly convex in `u` but not in `w`, so steps are constant. How
/// the two share is a matter of the sizes of `K (v, 0)` and of `p`: one row at a time, so that rows do not
/// change one another. Where `u` is held, it finds `min_w` for a value of `J`.
///
/// Source: Chambolle and Pock, J. Mathematical Imaging and Vision 40, 2011.
struct PrimalDualProx<J: Regulariser, S: TensorScalar> {
  private(set) var u: Tensor<S>
  private(set) var w: Tensor<S>
  private(set) var p: Tensor<S>
  /// Iterations so far.
  private(set) var iterations = 0

  private let v: Tensor<S>
  private let j: J
  private let s: S
  private let tau: S
  private let sigma: S
  private let isHeld: Bool
  private let pool: WorkerPool
  /// `2 u - u before` and the same of `w`; then `K^* p`.
  private var ahead: (u: Tensor<S>, w: Tensor<S>)
  private var next: Tensor<S>

  /// - Parameters:
  ///   - v: a single row.
  ///   - radius: the size of the duals of `h`.
  ///   - isHeld: whether `u` stays `v`.
  init(
    _ j: J, of v: Tensor<S>, step: S, _ memory: RegulariserMemory<S>, radius: Double = 1,
    isHeld: Bool = false, on pool: WorkerPool
  ) {
    precondition(step > 0 && v.rows == 1, "a proximal map of step \(step), \(v.rows) rows")
    (self.j, self.v, s, self.pool, self.isHeld) = (j, v, step, pool, isHeld)
    let kept = memory.kept(
      v.shape, [1, j.auxiliaries(columns: v.columns)], [1, j.duals(columns: v.columns)])
    u = memory.tensors.map(\.shape) == kept.map(\.shape) && !isHeld ? kept[0] : v
    (w, p, next) = (kept[1], kept[2].scaled(by: step), kept[2])
    j.apply(v, Tensor(shape: w.shape), into: &next, on: pool)
    let slope = (next.squaredNorm / Double(v.count)).squareRoot()
    let norm = max(j.squaredNorm(columns: v.columns), .leastNormalMagnitude).squareRoot()
    let balance = Self.balance(slope / (radius * Double(step)))
    (tau, sigma) = (S(balance / norm), S(1 / (balance * norm)))
    ahead = (u, w)
  }

  /// `tau ||K||`, by measurement.
  private static func balance(_ ratio: Double) -> Double {
    ratio.isFinite ? max(0.01, min(0.15 * ratio, 10)) : 1
  }

  /// What the next call starts from: `u`, `w` and `p / s`.
  var kept: [Tensor<S>] { [u, w, p.scaled(by: 1 / s)] }

  mutating func iterate(_ count: Int) {
    for _ in 0..<count {
      ascend()
      descend()
    }
    iterations += count
  }

  /// `prox_{s g}(v - (K^* p)_u)`
  func point(at p: Tensor<S>) -> Tensor<S> {
    var (point, none) = (v, w)
    j.adjoint(of: p, into: &point, &none, on: pool)
    point.combine(-1, 1, v, on: pool)
    j.proxOfSimplePart(&point, step: s, on: pool)
    return point
  }

  private mutating func ascend() {
    j.apply(ahead.u, ahead.w, into: &next, on: pool)
    p.combine(1, sigma, next, on: pool)
    j.proxOfDual(&p, step: sigma, weight: s, on: pool)
  }

  private mutating func descend() {
    j.adjoint(of: p, into: &ahead.u, &ahead.w, on: pool)
    ahead.w.combine(-tau, 1, w, on: pool)
    swap(&ahead.w, &w)
    ahead.w.combine(-1, 2, w, on: pool)
    if isHeld {
      ahead.u = v
    } else {
      ahead.u.combine(-tau / (1 + tau), tau / (1 + tau), v, on: pool)
      ahead.u.combine(1, 1 / (1 + tau), u, on: pool)
      j.proxOfSimplePart(&ahead.u, step: s * tau / (1 + tau), on: pool)
      swap(&ahead.u, &u)
      ahead.u.combine(-1, 2, u, on: pool)
    }
  }
}
