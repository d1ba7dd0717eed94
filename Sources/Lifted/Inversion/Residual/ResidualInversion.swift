import Proximal
import Tensors

/// Inversion of a monotone residual network in the compact form `M u = W^T z`, `z = sigma(W u + b)`:
///
///     min over u_0, …, u_l, z_1, …, z_l   lambda/2 ||u_l - f||^2 + lambda alpha J(u_0)
///       + sum_k B_k(z_k, W_k u_{k-1} + b_k) + rho/2 ||q_k + p_k/rho||^2,   q_k = u_k - u_{k-1} - W_k^T z_k
///
/// by accelerated proximal gradient steps on all variables at once, each with a step that its curvature allows
/// together with its neighbours', momentum restarting row by row. If the ``certificate`` holds the problem is
/// convex. With `multipliers`, `p_k <- p_k + rho q_k` every so many steps: the constraint then becomes exact at
/// any `rho`, and one below the certificate's is much faster, its conditioning growing with `rho`.
///
/// Rows never mix. Cost of a step: two products with each `W_k` and two with each adjoint.
///
/// Source: Wang et al., arXiv 2510.09796, the compact form and its convexity condition.
public struct ResidualInversion<S: TensorScalar>: NetworkInversion {
  /// The blocks.
  public let residual: MonotoneResidualNetwork<S>
  public let objective: ForwardObjective<S>
  /// `lambda > 0`.
  public let lambda: Double
  /// `rho > 0`.
  public let rho: Double
  /// Steps between updates of the multipliers; `nil` for none, `p = 0`.
  public let multipliers: Int?
  public let judgementInterval: Int
  private let squaredNorms: [Double]

  /// - Parameters:
  ///   - residual: the blocks.
  ///   - inputPenalty: `alpha J`.
  ///   - lambda: the weight of the fidelity.
  ///   - rho: the weight of the constraint; `nil` for the least that makes the problem convex.
  ///   - multipliers: steps between updates of the multipliers, at least 1; `nil` for none.
  ///   - judgementInterval: steps between judgements, at least 1.
  ///   - pool: the threads that find the norms of the blocks.
  /// - Throws: ``SolverError``, also where no `rho` makes the problem convex and none is given.
  public init(
    _ residual: MonotoneResidualNetwork<S>, inputPenalty: InputPenalty? = nil, lambda: Double = 2,
    rho: Double? = nil, multipliers: Int? = nil, judgementInterval: Int = 10, on pool: WorkerPool
  ) throws {
    try SolverError.requireInterval(multipliers ?? 1, "multipliers")
    try SolverError.requireInterval(judgementInterval, "judgementInterval")
    let least = try ConvexityCertificate(
      depth: residual.depth, lambda: lambda, rho: rho ?? .infinity)
    guard let rho = rho ?? least.leastRho else {
      throw SolverError.unsuitable(
        "no rho makes the inversion convex at lambda = \(lambda); it takes lambda > "
          + "\(residual.depth)/\(residual.depth + 1)")
    }
    let (network, theta) = try residual.layers()
    objective = try ForwardObjective(network, theta, inputPenalty)
    squaredNorms = residual.squaredNorms(on: pool)
    (self.residual, self.lambda, self.rho) = (residual, lambda, rho)
    (self.multipliers, self.judgementInterval) = (multipliers, judgementInterval)
  }

  private init(_ other: ResidualInversion, _ objective: ForwardObjective<S>) {
    self.objective = objective
    (residual, lambda, rho) = (other.residual, other.lambda, other.rho)
    (multipliers, judgementInterval) = (other.multipliers, other.judgementInterval)
    squaredNorms = other.squaredNorms
  }

  public func with(alpha: Double) throws(SolverError) -> ResidualInversion {
    ResidualInversion(self, try objective.with(alpha: alpha))
  }

  /// Whether the problem is convex, without multipliers.
  public var certificate: ConvexityCertificate {
    get throws(SolverError) {
      try ConvexityCertificate(depth: residual.depth, lambda: lambda, rho: rho)
    }
  }

  public func start(
    from u: Tensor<S>, measured f: Tensor<S>, on pool: WorkerPool
  ) throws(SolverError) -> ResidualInversionState<S> {
    let best = try BestInputs(objective, from: u, measured: f, on: pool)
    let states = residual.states(of: u, on: pool)
    return ResidualInversionState(best, states.u, states.z)
  }

  /// `E` without `lambda alpha J`, of each row added up, at variables `u` and `z`.
  func smoothAndPenalties(
    _ u: [Tensor<S>], _ z: [Tensor<S>], _ p: [Tensor<S>], _ f: Tensor<S>, on pool: WorkerPool
  ) -> Double {
    var misfit = u[residual.depth]
    misfit.combine(1, -1, f)
    return (0..<residual.depth).reduce(lambda / 2 * misfit.squaredNorm) { sum, k in
      let activation = residual.blocks[k].activation
      let a = residual.blocks[k].preactivation(residual.theta[k], u[k], on: pool)
      let gap = constraint(k, u, z, p, on: pool)
      return sum + sumOverRows(z[k], a, on: pool) { activation.bregman($0, $1, count: $2) }
        + rho / 2 * gap.squaredNorm
    }
  }

  /// `u_{k+1} - u_k - W^T z + p / rho` of block `k` from 0.
  func constraint(
    _ k: Int, _ u: [Tensor<S>], _ z: [Tensor<S>], _ p: [Tensor<S>], on pool: WorkerPool
  ) -> Tensor<S> {
    var q = Tensor<S>(shape: u[k].shape)
    residual.blocks[k].stage.adjoint(residual.theta[k], of: z[k], into: &q, on: pool, finish: nil)
    q.combine(-1, 1, u[k + 1])
    q.combine(1, -1, u[k])
    q.combine(1, S(1 / rho), p[k])
    return q
  }

  /// The gradients in all `u` and `z` of the smooth part: all but `Phi_k(z_k)` and `J`.
  func gradients(
    _ u: [Tensor<S>], _ z: [Tensor<S>], _ p: [Tensor<S>], _ f: Tensor<S>, on pool: WorkerPool
  ) -> (u: [Tensor<S>], z: [Tensor<S>]) {
    let depth = residual.depth
    var (inU, inZ) = (u.map { Tensor<S>(shape: $0.shape) }, [Tensor<S>]())
    for k in 0..<depth {
      let (block, theta) = (residual.blocks[k], residual.theta[k])
      let q = constraint(k, u, z, p, on: pool)
      let a = block.preactivation(theta, u[k], on: pool)
      var slope = Tensor<S>(shape: z[k].shape)
      block.stage.apply(theta, to: q, into: &slope, on: pool, finish: nil)
      slope.combine(S(-rho), -1, a)
      inZ.append(slope)
      var r = a.activated(by: block.activation, on: pool)
      r.combine(1, -1, z[k])
      var pulled = Tensor<S>(shape: u[k].shape)
      block.stage.adjoint(theta, of: r, into: &pulled, on: pool, finish: nil)
      inU[k].combine(1, 1, pulled)
      inU[k].combine(1, S(-rho), q)
      inU[k + 1].combine(1, S(rho), q)
    }
    inU[depth].combine(1, S(lambda), u[depth])
    inU[depth].combine(1, S(-lambda), f)
    return (inU, inZ)
  }

  /// Curvatures that bound the smooth part's together: each `||q_k||^2` is shared by three variables, each
  /// coupling `-<z, W u>` by two.
  private func curvature(ofState k: Int) -> Double {
    let depth = residual.depth
    let own = k < depth ? 2 * squaredNorms[k] : lambda
    return own + (k > 0 && k < depth ? 6 : 3) * rho
  }

  private func curvature(ofActivation k: Int) -> Double { 1 + 3 * rho * squaredNorms[k] }

  public func step(_ state: inout ResidualInversionState<S>, on pool: WorkerPool) {
    let depth = residual.depth
    let u = zip(state.u, state.previousU).map { state.extrapolated($0, $1) }
    let z = zip(state.z, state.previousZ).map { state.extrapolated($0, $1) }
    let slopes = gradients(u, z, state.multipliers, state.best.measured, on: pool)
    var (newU, newZ) = (u, z)
    var uphill = Array(repeating: 0.0, count: state.best.measured.rows)
    for k in 0...depth {
      let curvature = curvature(ofState: k)
      newU[k].combine(1, S(-1 / curvature), slopes.u[k])
      if k == 0, let penalty = objective.inputPenalty {
        penalty.prior.prox(
          of: &newU[0], step: S(lambda * penalty.alpha / curvature), &state.memory, on: pool)
      }
      uphill.add(curvature, u[k], newU[k], state.u[k])
    }
    for k in 0..<depth {
      let curvature = curvature(ofActivation: k)
      newZ[k].combine(1, S(-1 / curvature), slopes.z[k])
      let (activation, width) = (residual.blocks[k].activation, newZ[k].columns)
      newZ[k].forEachBand(on: pool) { tile, z in
        for row in tile.rows {
          let z = z + row * width
          activation.proxPhi(of: z, step: S(1 / curvature), into: z, count: width)
        }
      }
      uphill.add(curvature, z[k], newZ[k], state.z[k])
    }
    state.take(newU, newZ, uphill)
    if let multipliers, (state.best.iterations + 1).isMultiple(of: multipliers) {
      for k in 0..<depth {
        state.multipliers[k] = constraint(k, state.u, state.z, state.multipliers, on: pool)
          .scaled(by: S(rho))
      }
      state.dropMomentum()
    }
  }

  /// `||z_k - sigma_k(W_k u_{k-1} + b_k)||` and `||u_k - u_{k-1} - W_k^T z_k||` in the root mean square, two for
  /// each block.
  public func consistencyGaps(
    _ state: ResidualInversionState<S>, on pool: WorkerPool
  ) -> [Double] {
    let zeros = state.multipliers.map { Tensor<S>(shape: $0.shape) }
    return (0..<residual.depth).flatMap { k in
      var gap = residual.blocks[k].preactivation(residual.theta[k], state.u[k], on: pool)
        .activated(by: residual.blocks[k].activation, on: pool)
      gap.combine(1, -1, state.z[k])
      let q = constraint(k, state.u, state.z, zeros, on: pool)
      return [gap, q].map { ($0.squaredNorm / Double(max($0.count, 1))).squareRoot() }
    }
  }
}

extension [Double] {
  /// Adds `curvature <y - new, new - x>` of each row.
  fileprivate mutating func add<S: TensorScalar>(
    _ curvature: Double, _ y: Tensor<S>, _ new: Tensor<S>, _ x: Tensor<S>
  ) {
    var (slope, change) = (y, new)
    slope.combine(1, -1, new)
    change.combine(1, -1, x)
    let width = y.columns
    slope.withPointer { slope in
      change.withPointer { change in
        for row in indices {
          self[row] +=
            curvature * S.dot(slope + row * width, change + row * width, count: width)
        }
      }
    }
  }
}
