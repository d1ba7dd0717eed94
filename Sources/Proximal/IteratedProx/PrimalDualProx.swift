import Tensors

/// The proximal map of `J(u) = g(u) + min_w h(K (u, w))` by the primal-dual hybrid gradient method, rows
/// side by side:
///
///     p <- prox_{sigma (s h)^*}(p + sigma K (2 u - u before, 2 w - w before))
///     u <- prox_{t s g}((u + tau v - tau (K^* p)_u) / (1 + tau)),   t = tau / (1 + tau)
///     w <- w - tau (K^* p)_w
///
/// `tau sigma ||K||^2 = 1`. The problem is strongly convex in `u` but not in `w`, so steps are constant.
/// Where `u` is held, it finds `min_w` for a value of `J`.
///
/// Source: Chambolle and Pock, J. Mathematical Imaging and Vision 40, 2011.
struct PrimalDualProx<J: Regulariser, S: TensorScalar> {
  private(set) var u: Tensor<S>
  private(set) var w: Tensor<S>
  private(set) var p: Tensor<S>
  /// Iterations so far.
  private(set) var iterations = 0

  let v: Tensor<S>
  private let j: J
  private let s: S
  private let tau: S
  private let sigma: S
  private let isHeld: Bool
  private let pool: WorkerPool
  /// `2 u - u before` and the same of `w`; then `K^* p`.
  private var ahead: (u: Tensor<S>, w: Tensor<S>)
  private var next: Tensor<S>

  /// `tau ||K||`, by measurement on data of range 1: duals are of the size of the step, fields of that of
  /// the data's slopes.
  private static func balance(_ step: Double) -> Double { max(0.05, min(0.03 / step, 2)) }

  /// - Parameter isHeld: whether `u` stays `v`.
  init(
    _ j: J, of v: Tensor<S>, step: S, _ memory: RegulariserMemory<S>, isHeld: Bool = false,
    on pool: WorkerPool
  ) {
    precondition(step > 0, "a proximal map of step \(step)")
    (self.j, self.v, s, self.pool, self.isHeld) = (j, v, step, pool, isHeld)
    let shapes =
      [v.shape, [v.rows, j.auxiliaries(columns: v.columns)]]
      + [[v.rows, j.duals(columns: v.columns)]]
    let isKept = memory.tensors.map(\.shape) == shapes
    u = isKept && !isHeld ? memory.tensors[0] : v
    (w, p) =
      isKept
      ? (memory.tensors[1], memory.tensors[2]) : (.init(shape: shapes[1]), .init(shape: shapes[2]))
    p.scale(by: step)
    let norm = max(j.squaredNorm(columns: v.columns), .leastNormalMagnitude).squareRoot()
    let balance = Self.balance(Double(step))
    (tau, sigma) = (S(balance / norm), S(1 / (balance * norm)))
    (ahead, next) = ((u, w), p)
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
