import Tensors

/// Consensus ADMM on the weight block of a layer, the samples shared out among workers.
///
///     min sum_p E_p(W^p) + R(Z)   such that W^p = Z for every worker p
///     W^p <- about argmin E_p(W) + rho/2 ||W - Z + U^p||^2
///     Z   <- prox_{R/(rho P)}( mean_p (W^p + U^p) )
///     U^p <- U^p + W^p - Z
///
/// `E_p` is the worker's part of `1/n sum_i f_i`. A worker takes `localSteps` gradient steps of length
/// `1/(L_p + rho)`; with one it is linearised ADMM, which converges as well. What travels is `W^p + U^p`
/// and `Z`, never data.
///
/// Cost of a round: `localSteps` gradients over all samples.
///
/// Source: Boyd, Parikh, Chu, Peleato and Eckstein, Foundations and Trends in Machine Learning 3, 2011.
public struct ConsensusADMM: Sendable {
  /// Workers `P`, at least 1.
  public let workers: Int
  /// `rho > 0`; `nil` for the greatest `L_p`.
  public let rho: Double?
  /// Gradient steps of a worker in a round, at least 1.
  public let localSteps: Int

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(workers: Int, rho: Double? = nil, localSteps: Int = 5) throws(SolverError) {
    for (name, value) in [("workers", workers), ("localSteps", localSteps)] where value < 1 {
      throw .outOfRange(parameter: name, value: Double(value), admissible: "at least 1")
    }
    if let rho { try SolverError.requirePositive(rho, "rho") }
    (self.workers, self.rho, self.localSteps) = (workers, rho, localSteps)
  }

  /// Where the iteration is.
  public struct State<S: TensorScalar>: Sendable, Equatable {
    /// What all agree on, `Z`: the layer's parameters.
    public internal(set) var theta: [Tensor<S>]
    /// `W^p` and `U^p` of each worker.
    var local: [[Tensor<S>]]
    var multipliers: [[Tensor<S>]]
    /// `L_p`.
    let lipschitz: [Double]
    /// The `rho` that is used.
    public let rho: Double
    /// Rounds done.
    public internal(set) var rounds = 0

    /// `max_p ||W^p - Z||`, how far the workers are from agreeing.
    public var disagreement: Double {
      local.map { w in
        zip(w, theta).reduce(0) { sum, pair in
          var difference = pair.0
          difference.combine(1, -1, pair.1)
          return sum + difference.squaredNorm
        }.squareRoot()
      }.max() ?? 0
    }
  }

  private func rows(of worker: Int, _ samples: Int) -> Range<Int> {
    let count = min(workers, samples)
    return (worker * samples / count)..<((worker + 1) * samples / count)
  }

  /// The state at a point, multipliers zero.
  public func start<S: TensorScalar>(
    from theta: [Tensor<S>], _ problem: LayerProblem<S>, on pool: WorkerPool
  ) -> State<S> {
    let count = min(workers, problem.samples)
    let lipschitz = (0..<count).map { worker in
      let rows = rows(of: worker, problem.samples)
      return problem.meanLipschitz(of: rows, on: pool) * Double(rows.count)
        / Double(problem.samples)
    }
    let zero = theta.map { Tensor<S>(shape: $0.shape) }
    return State(
      theta: theta, local: Array(repeating: theta, count: count),
      multipliers: Array(repeating: zero, count: count), lipschitz: lipschitz,
      rho: rho ?? lipschitz.max() ?? 1)
  }

  /// Every worker's steps, then `Z`, then the multipliers.
  public func round<S: TensorScalar>(
    _ state: inout State<S>, _ problem: LayerProblem<S>, on pool: WorkerPool
  ) {
    let workers = state.local.indices
    for p in workers { moveWorker(p, &state, problem, on: pool) }
    let share = S(1) / S(state.local.count)
    var mean = state.theta.map { Tensor<S>(shape: $0.shape) }
    for p in workers {
      for slot in mean.indices {
        mean[slot].combine(1, share, state.local[p][slot])
        mean[slot].combine(1, share, state.multipliers[p][slot])
      }
    }
    let zero = mean.map { Tensor<S>(shape: $0.shape) }
    problem.descend(&mean, along: zero, step: 1 / (state.rho * Double(state.local.count)))
    state.theta = mean
    for p in workers {
      for slot in mean.indices {
        state.multipliers[p][slot].combine(1, 1, state.local[p][slot])
        state.multipliers[p][slot].combine(1, -1, mean[slot])
      }
    }
    state.rounds += 1
  }

  private func moveWorker<S: TensorScalar>(
    _ p: Int, _ state: inout State<S>, _ problem: LayerProblem<S>, on pool: WorkerPool
  ) {
    let rows = rows(of: p, problem.samples)
    let (rho, step) = (S(state.rho), S(1 / (state.lipschitz[p] + state.rho)))
    for _ in 0..<localSteps {
      let residual = problem.residual(of: rows, at: state.local[p], on: pool)
      var gradient = problem.gradient(of: residual, rows, on: pool)
      for slot in gradient.indices {
        gradient[slot].combine(1, rho, state.local[p][slot])
        gradient[slot].combine(1, -rho, state.theta[slot])
        gradient[slot].combine(1, rho, state.multipliers[p][slot])
        state.local[p][slot].combine(1, -step, gradient[slot])
      }
    }
  }
}
