import Tensors

/// Training by workers that hardly talk: each has weights of its own and its own share of the samples, and
/// every so many steps they agree. Consensus ADMM with stochastic gradients.
///
///     min  1/P sum_p E_p(W^p) + R(Z)   such that W^p = Z for every worker p
///     a round           W^p <- Z, then localSteps times
///                       W^p <- W^p - t ( g_p + rho (W^p - Z + U^p) ),   t = 1/(1/stepSize + rho)
///     ends by           Z   <- prox_{R/rho}( mean_p (W^p + U^p) )
///                       U^p <- U^p + W^p - Z
///
/// `E_p` is `P` times the worker's part of the mean loss over all samples, and `g_p` the gradient that a
/// signal finds on the worker's samples of the batch, divided by the samples that a worker has of it on
/// average. So step and `rho` mean the same for any number of workers; the `rho` of ``ConsensusADMM``, on one
/// layer, is a `P`-th of this one. The step is the proximal step of the quadratic, stable for every `rho`.
/// `rho U^p` tends to `-g_p` and corrects for what a worker's samples have of their own; with `rho` towards 0
/// weights are averaged without that. With one step a round and no `R` it is gradient descent by `t`, for any
/// number of workers. Let `rho` be well above the weight decay, else the prox shortens steps.
///
/// A sample belongs to the same worker always: worker `p` has the samples `p N / P, …, (p + 1) N / P - 1` of
/// `N`. What others get to know is `W^p + U^p`, once a round. The state's parameters are `Z`, between two
/// agreements that of the last: a training that ends within a round loses its steps. Workers and multipliers
/// are in the state's memory, `2 P` times the parameters. Losses are those at the workers' own weights, each
/// on its samples.
///
/// Cost of a step: that of back-propagation, the workers side by side.
///
/// Source: Boyd, Parikh, Chu, Peleato and Eckstein, Foundations and Trends in Machine Learning 3, 2011,
/// section 7; with stochastic gradients Ouyang, He, Tran and Gray, ICML 2013. Networks are not convex: there
/// it is a heuristic.
public struct ConsensusTraining: MinibatchMethod {
  /// How errors travel back.
  public let signal: any Signal
  /// Workers `P`, at least 1.
  public let workers: Int
  /// Steps from one agreement to the next, at least 1.
  public let localSteps: Int
  /// The weight `rho > 0` of not agreeing.
  public let rho: Double
  /// The step `> 0` of a worker, before the pull towards `Z` shortens it.
  public let stepSize: Double
  /// The weight of the loss.
  public let nudge: Double
  /// `R`, by its prox at each agreement.
  public let weightPenalty: WeightPenalty

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    signal: any Signal, workers: Int, localSteps: Int = 5, rho: Double, stepSize: Double,
    nudge: Double = 1, weightPenalty: WeightPenalty = .standard
  ) throws(SolverError) {
    for (name, value) in [("workers", workers), ("localSteps", localSteps)] where value < 1 {
      throw .outOfRange(parameter: name, value: Double(value), admissible: "at least 1")
    }
    for (name, value) in [("rho", rho), ("stepSize", stepSize), ("nudge", nudge)] {
      try SolverError.requirePositive(value, name)
    }
    (self.signal, self.workers, self.localSteps) = (signal, workers, localSteps)
    (self.rho, self.stepSize, self.nudge) = (rho, stepSize, nudge)
    self.weightPenalty = weightPenalty
  }

  /// The weight of the loss.
  public var initialNudge: Double { nudge }

  /// None.
  public func moments(of network: Network) -> [Int] { Array(repeating: 0, count: network.depth) }

  /// For each block that is trained the weights and multipliers of every worker.
  public func memory(of network: Network) -> [[[Int]]] {
    (1...network.depth).map { l in
      let shapes = network.layers[l - 1].stage.parameters.map(\.shape)
      guard network.isTrainedBlock(l) else { return [] }
      return Array((0..<2 * workers).map { _ in shapes }.joined())
    }
  }

  /// A signal that passes every hidden layer, and no statistics of whole batches.
  public func check(_ network: Network) throws(SolverError) {
    try network.requireNoStatistics(for: "training by consensus")
    try signal.check(network)
  }

  /// A sample for every worker, and a round.
  public func check(steps: Int, samples: Int) throws(SolverError) {
    guard workers <= samples else {
      throw .unsuitable(
        "\(workers) workers for \(samples) training samples; give each worker at least one")
    }
    guard localSteps <= steps else {
      throw .unsuitable(
        "the training ends after \(steps) steps, before the workers have agreed once; make localSteps at most "
          + "\(steps)")
    }
  }

  /// Every worker's step, and at the end of a round what all agree on. Counts one gradient evaluation.
  public func step<S: TensorScalar>(
    _ state: inout TrainingState<S>, _ batch: Batch<S>, _ network: Network,
    workspace: inout LayerStates<S>, stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) {
    var shares = shares(of: batch, workspace, network, &state)
    defer { for (p, share) in shares.enumerated() { state.putBack(share.replica, p) } }
    try move(
      &shares, towards: state.theta, of: batch.inputs.rows, network, stepFactor, on: pool)
    let losses = shares.map { Tensor(rows: [[$0.loss]]) }
    state.progress.lossOfEpoch += Tensor.treeSum(losses)[0, 0]
    if endsRound(state.progress) {
      let proposals = shares.map(\.replica.proposal)
      agree(&state.theta, network) { l, slot in Tensor.treeSum(proposals.map { $0[l][slot] }) }
      for p in shares.indices { shares[p].replica.agree(on: state.theta) }
    }
    state.progress.step += 1
    state.progress.gradientEvaluations += 1
  }

  private func shares<S: TensorScalar>(
    of batch: Batch<S>, _ workspace: LayerStates<S>, _ network: Network,
    _ state: inout TrainingState<S>
  ) -> [ConsensusShare<S>] {
    var rows = Array(repeating: [Int](), count: workers)
    for (row, number) in workspace.numbers.enumerated() {
      rows[worker(of: number, among: workspace.population)].append(row)
    }
    return rows.enumerated().map { p, rows in
      ConsensusShare(
        replica: state.takeReplica(p, network),
        batch: Batch(
          inputs: batch.inputs.gathering(rows: rows), targets: batch.targets.gathering(rows: rows)),
        states: LayerStates(for: network, samples: rows.count))
    }
  }
}

/// A worker at a step: itself, and its samples of the batch.
package struct ConsensusShare<S: TensorScalar>: Sendable {
  package var replica: ConsensusReplica<S>
  package let batch: Batch<S>
  package var states: LayerStates<S>
  /// The sum of the losses before the step.
  package private(set) var loss = 0.0

  package init(replica: ConsensusReplica<S>, batch: Batch<S>, states: LayerStates<S>) {
    (self.replica, self.batch, self.states) = (replica, batch, states)
  }

  fileprivate mutating func move(
    towards z: Parameters<S>, of whole: Int, _ network: Network, by method: ConsensusTraining,
    _ stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) {
    loss = try replica.move(
      towards: z, on: batch, of: whole, &states, network, by: method, stepFactor: stepFactor,
      on: pool)
  }
}

// What ranks need as well.
extension ConsensusTraining {
  /// The steps of some workers, side by side, on their shares of a batch of `whole` samples.
  package func move<S: TensorScalar>(
    _ shares: inout [ConsensusShare<S>], towards z: Parameters<S>, of whole: Int,
    _ network: Network, _ stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) {
    try pool.concurrently(&shares) { _, share, pool throws(SolverError) in
      try share.move(towards: z, of: whole, network, by: self, stepFactor, on: pool)
    }
  }

  /// The worker that a sample belongs to.
  package func worker(of sample: Int, among samples: Int) -> Int {
    ((sample + 1) * workers - 1) / samples
  }

  /// `t`, for a step size times a schedule's factor.
  package func step(_ factor: Double) -> Double {
    stepSize * factor / (1 + stepSize * factor * rho)
  }

  /// Whether all agree after the next step.
  package func endsRound(_ progress: TrainingProgress) -> Bool {
    (progress.step + 1).isMultiple(of: localSteps)
  }

  /// `Z <- prox_{R/rho}(mean)`, from the sums of all workers' proposals.
  package func agree<S: TensorScalar, Failure: Error>(
    _ z: inout Parameters<S>, _ network: Network,
    sums: (_ layer: Int, _ slot: Int) throws(Failure) -> Tensor<S>
  ) throws(Failure) {
    for l in z.layers.indices where network.isTrainedBlock(l + 1) {
      for slot in z.layers[l].indices {
        z.layers[l][slot] = try sums(l, slot)
        z.layers[l][slot].scale(by: 1 / S(workers))
      }
      let stage = network.layers[l].stage
      weightPenalty.shrink(&z.layers[l], stage, step: 1 / rho)
      weightPenalty.project(&z.layers[l], stage)
    }
    z.share(in: network)
  }
}
