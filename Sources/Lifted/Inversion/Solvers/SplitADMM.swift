import Proximal
import Tensors

/// The alternating direction method of multipliers on three splits, `z = A u + b`, `d = K (u, w)`, `v = u`:
///
///     u, w <- argmin rho/2 ||A u + b - z + a||^2 + kappa/2 ||K (u, w) - d + e||^2 + kappa/2 ||u - v + m||^2
///     z    <- argmin c B(f, z) + rho/2 ||A u + b - z + a||^2,       z + (c/rho) sigma(z) = A u + b + a + (c/rho) f
///     d    <- prox_{alpha h/kappa}(K (u, w) + e),   v <- prox_{alpha g/kappa}(u + m)
///     a, e, m <- a + A u + b - z,  e + K (u, w) - d,  m + u - v
///
/// `rho = c`, `kappa = alpha/stride`; without a `g` the last split is left out. The quadratic step takes a few conjugate gradient steps from where it was.
/// At the end `rho a = c (sigma(z) - f)`. The answer is `v`, which `g` allows. Cost of an iteration: `steps + 2`
/// products and adjoints.
///
/// Source: Boyd et al., Foundations and Trends in Machine Learning 3, 2011; the split of the pre-activation is
/// that of lifted Bregman ADMM, `Sources/Lifted/Splitting/BregmanADMM.swift`.
public struct SplitADMM: InversionSolver {
  /// Conjugate gradient steps, at least 1.
  public let steps: Int
  /// `alpha / kappa`, `> 0`, in units of the unknown.
  public let stride: Double

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(steps: Int = 8, stride: Double = 0.1) throws(SolverError) {
    try requireSteps(steps)
    try SolverError.requirePositive(stride, "stride")
    (self.steps, self.stride) = (steps, stride)
  }

  public func start<S: TensorScalar>(
    _ problem: LayerInversion<S>, from u: Tensor<S>, on pool: WorkerPool
  ) -> InversionState<S> {
    var state = InversionState(at: u, problem, on: pool)
    let d = problem.mapped(u, state.w, on: pool)
    let zero = [state.z, d, u].map { Tensor<S>(shape: $0.shape) }
    state.split = [state.z, zero[0], d, zero[1], u, zero[2]]
    return state
  }

  public func step<S: TensorScalar>(
    _ state: inout InversionState<S>, _ problem: LayerInversion<S>, on pool: WorkerPool
  ) {
    let (rho, kappa) = (problem.scale, problem.alpha / stride)
    let alpha = S(problem.alpha)
    var (z, a, d, e) = (state.split[0], state.split[1], state.split[2], state.split[3])
    var (v, m) = (state.split[4], state.split[5])

    // The right side of the quadratic step, without the offset, and its solution.
    let hasSimplePart = problem.regulariser.hasSimplePart
    let system = NormalSystem(
      problem: problem, rho: rho, kappa: kappa, eta: hasSimplePart ? kappa : 0, pool: pool)
    let offset = problem.preactivation(at: Tensor(shape: state.ahead.shape), on: pool)
    let right = system.pull(
      sum(1, sum(1, z, -1, a), -1, offset), sum(1, d, -1, e), sum(1, v, -1, m))
    let x = system.improve((state.ahead, state.w), right: right, steps: steps)

    let reached = sum(1, problem.preactivation(at: x.u, on: pool), 1, a)
    z = problem.splitPreactivation(reached, ratio: problem.scale / rho, on: pool)
    a = sum(1, reached, -1, z)
    if problem.hasMap {
      d = sum(1, problem.mapped(x.u, x.w, on: pool), 1, e)
      e = d.scaled(by: S(kappa))
      problem.regulariser.proxOfDual(&e, step: S(kappa), weight: alpha, on: pool)
      e.scale(by: S(1 / kappa))
      d.combine(1, -1, e)
    }
    v = x.u
    if hasSimplePart {
      v.combine(1, 1, m)
      m = v
      problem.regulariser.proxOfSimplePart(&v, step: alpha / S(kappa), on: pool)
      m.combine(1, -1, v)
    }

    state.split = [z, a, d, e, v, m]
    (state.ahead, state.w, state.u) = (x.u, x.w, v)
    state.z = problem.preactivation(at: v, on: pool)
    state.iterations += 1
  }
}

extension LayerInversion {
  /// The root `z` of `z + ratio sigma(z) = q + ratio f`, by Moreau's identity on `prox_{Phi}`.
  fileprivate func splitPreactivation(
    _ q: Tensor<S>, ratio: Double, on pool: WorkerPool
  ) -> Tensor<S> {
    let right = sum(1, q, ratio, target)
    var y = right.scaled(by: S(1 / ratio))
    y.replaceByProxPhi(of: layer.activation, step: 1 / ratio, on: pool)
    return sum(1, right, -ratio, y)
  }
}
