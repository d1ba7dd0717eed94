import Tensors

/// Forward pass, one backward sweep of a signal, and on each weight block a step of a finite-sum solver
/// that remembers every sample's gradient.
///
///     saga   W <- prox_{eta R}( W - eta (g_b - g_b^old + mean g^old) )
///     piag   W <- prox_{eta R}( W - eta mean g^old ), the batch's gradients anew
///
/// Gradients are kept as residuals and inputs, `d_l + d_{l-1}` numbers for each sample and layer, from
/// one visit to the next: memory and checkpoints grow with the data. In the first epoch, when nothing
/// is remembered yet, `saga` is gradient descent and `piag` takes the mean over the samples seen. The
/// layers' inputs move with the weights, so the guarantees of ``ProxSAGA`` and ``PIAG`` hold for a
/// network of one layer.
public struct FiniteSumSweep: MinibatchMethod {
  /// What is done with the remembered gradients.
  public enum Rule: String, Sendable, Codable, CaseIterable {
    /// Unbiased, with a variance that shrinks: ``ProxSAGA``.
    case saga
    /// The mean of old gradients: ``PIAG``.
    case piag
  }

  /// How errors travel back.
  public let signal: any Signal
  /// What is done with the remembered gradients.
  public let rule: Rule
  /// The step `eta > 0`; for one layer at most `1/(3 L_max)` or `1/(L (2 K + 1))`.
  public let stepSize: Double
  /// The weight of the loss.
  public let nudge: Double
  /// `R`, by its prox after each step.
  public let weightPenalty: WeightPenalty

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    signal: any Signal, rule: Rule, stepSize: Double, nudge: Double = 1,
    weightPenalty: WeightPenalty = .standard
  ) throws(SolverError) {
    try SolverError.requirePositive(stepSize, "stepSize")
    try SolverError.requirePositive(nudge, "nudge")
    (self.signal, self.rule, self.stepSize) = (signal, rule, stepSize)
    (self.nudge, self.weightPenalty) = (nudge, weightPenalty)
  }

  /// The weight of the loss.
  public var initialNudge: Double { nudge }
  /// The mean of the remembered gradients.
  public func moments(of network: Network) -> [Int] { Array(repeating: 1, count: network.depth) }
  /// A signal that passes every hidden layer.
  public func check(_ network: Network) throws(SolverError) {
    try network.requireAffineStages(for: "a finite-sum step")
    try network.requireOwnParameters(for: "a finite-sum step")
    try signal.check(network)
  }

  /// The residuals of layers `1, …, L`, then the inputs of layers `2, …, L`.
  public func keptVariables(of network: Network) -> [Int] {
    network.widths.dropFirst() + network.widths.dropFirst().dropLast()
  }

  /// Forward, backward, a step on each layer. Counts one gradient evaluation.
  public func step<S: TensorScalar>(
    _ state: inout TrainingState<S>, _ batch: Batch<S>, _ network: Network,
    workspace: inout LayerStates<S>, stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) {
    state.progress.lossOfEpoch += workspace.forwardLoss(batch, network, state.theta, on: pool)
    try signal.sweep(
      &workspace, against: batch.targets, network, state.theta, nudge: S(nudge), on: pool)
    let share = share(of: batch.inputs.rows, state)
    for l in 1...network.depth where network.layers[l - 1].isTrainable {
      let stage = network.layers[l - 1].stage
      let change = renewed(l, &workspace, stage, samples: share.samples, on: pool)
      try state.withBlock(ofLayer: l) { block in
        let step = stepSize * stepFactor
        for slot in block.theta.indices {
          let direction = direction(&block.moments[0][slot], change[slot], share)
          block.theta[slot].combine(1, S(-step), direction)
        }
        block.steps += 1
        weightPenalty.shrink(&block.theta, stage, step: step)
        weightPenalty.project(&block.theta, stage)
      }
    }
    state.progress.step += 1
    state.progress.gradientEvaluations += 1
  }

  /// All samples, and of them those of the batch and those whose gradients are remembered; whether the
  /// batch is among these already.
  private typealias Share = (samples: Int, batch: Int, seen: Int, isKnown: Bool)

  private func share<S: TensorScalar>(of batch: Int, _ state: TrainingState<S>) -> Share {
    // A batch of all samples has been lent the whole table.
    let samples = state.kept.first?.rows ?? batch
    let isKnown = state.progress.epoch > 0
    return (
      samples, batch, isKnown ? samples : state.progress.samplesOfEpoch + batch, isKnown
    )
  }

  /// Remembers the batch's gradients in layer `l`; returns the change of the mean.
  private func renewed<S: TensorScalar>(
    _ l: Int, _ states: inout LayerStates<S>, _ stage: any AffineStage, samples: Int,
    on pool: WorkerPool
  ) -> [Tensor<S>] {
    let depth = states.x.count - 1
    let residual = states.r[l].scaled(by: S(1 / nudge))
    let input = states.x[l - 1]
    let oldInput = l == 1 ? input : states.kept[depth + l - 2]
    let change = stage.parameterGradient(
      of: residual.stacked(over: states.kept[l - 1].scaled(by: -1)),
      at: input.stacked(over: oldInput), scale: 1 / S(samples), on: pool)
    states.kept[l - 1] = residual
    if l > 1 { states.kept[depth + l - 2] = input }
    return change
  }

  /// The direction of the step in one parameter; moves the mean on.
  private func direction<S: TensorScalar>(
    _ mean: inout Tensor<S>, _ change: Tensor<S>, _ share: Share
  ) -> Tensor<S> {
    let old = mean
    mean.combine(1, 1, change)
    switch rule {
    case .piag: return mean.scaled(by: S(share.samples) / S(share.seen))
    case .saga:
      var direction = change.scaled(by: S(share.samples) / S(share.batch))
      if share.isKnown { direction.combine(1, 1, old) }
      return direction
    }
  }
}
