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
    /// The workers.
    var workers: [ConsensusWorker<S>]
    /// The `rho` that is used.
    public let rho: Double
    /// Rounds done.
    public internal(set) var rounds = 0

    /// `max_p ||W^p - Z||`, how far the workers are from agreeing.
    public var disagreement: Double { workers.map { $0.distance(to: theta) }.max() ?? 0 }
  }

  /// The state at a point, multipliers zero.
  public func start<S: TensorScalar>(
    from theta: [Tensor<S>], _ problem: LayerProblem<S>, on pool: WorkerPool
  ) -> State<S> {
    let count = min(workers, problem.samples)
    let workers = (0..<count).map {
      ConsensusWorker(
        at: theta, problem, problem.rows(ofPart: $0, of: count), on: pool)
    }
    return State(
      theta: theta, workers: workers, rho: rho ?? workers.map(\.lipschitz).max() ?? 1)
  }

  /// Every worker's steps, then `Z`, then the multipliers.
  public func round<S: TensorScalar>(
    _ state: inout State<S>, _ problem: LayerProblem<S>, on pool: WorkerPool
  ) {
    let count = state.workers.count
    var mean = state.theta.map { Tensor<S>(shape: $0.shape) }
    for p in state.workers.indices {
      state.workers[p].move(
        localSteps, towards: state.theta, rho: state.rho, problem,
        problem.rows(ofPart: p, of: count), on: pool)
      for (slot, proposal) in state.workers[p].proposal.enumerated() {
        mean[slot].combine(1, S(1) / S(count), proposal)
      }
    }
    state.theta = Self.agreed(mean, problem, rho: state.rho, workers: count)
    for p in state.workers.indices { state.workers[p].agree(on: state.theta) }
    state.rounds += 1
  }

  /// `Z = prox_{R/(rho P)}(mean)`.
  package static func agreed<S: TensorScalar>(
    _ mean: [Tensor<S>], _ problem: LayerProblem<S>, rho: Double, workers: Int
  ) -> [Tensor<S>] {
    var z = mean
    let zero = mean.map { Tensor<S>(shape: $0.shape) }
    problem.descend(&z, along: zero, step: 1 / (rho * Double(workers)))
    return z
  }
}
