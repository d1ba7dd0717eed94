import Tensors

/// One sweep on each batch whose gradient arrives late: the step at time `t` is along the gradient of batch
/// `t - K` at the weights of then. `K` gradients are always under way.
///
///     theta_{t+1} = step of the update along  g_{t-K},   g_s = gradient of batch s at theta_s
///
/// So ranks may take `K` steps while a sum over them travels. The first `K` steps send gradients off and leave
/// the weights where they are, the last `K` gradients of a training are never used; with `K = 0` it is
/// ``OneSweep``. Old gradients point past the minimum: steps must be shorter. For a convex sum with gradients
/// at most `K` steps old `1/(L (2 K + 1))` converges, `L` the Lipschitz constant of the whole gradient; on a
/// quadratic the limit is `2 sin(pi / (4 K + 2)) / L`, beyond which it diverges.
///
/// Cost of a step: that of ``OneSweep``; the gradients under way are `K` times the parameters.
///
/// Source: Agarwal and Duchi, NeurIPS 2011; the step that converges, Aytekin, Feyzmahdavian and Johansson,
/// arXiv 1610.05507, 2016; the limit is where a root of `z^(K+1) - z^K + eta L` leaves the unit disc.
public struct DelayedSweep: MinibatchMethod {
  private let sweep: OneSweep
  /// `K`, at least 0.
  public let delay: Int

  /// - Parameters:
  ///   - signal: how errors travel back.
  ///   - updates: one for each layer, or a single one for all; they must make do with a gradient.
  ///   - delay: `K`.
  ///   - nudge: the weight of the loss.
  ///   - weightPenalty: `R`, by its prox after each update.
  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``; whether the parts fit a network is
  ///   checked by ``check(_:)``.
  public init(
    signal: any Signal, updates: [any WeightUpdate], delay: Int, nudge: Double = 1,
    weightPenalty: WeightPenalty = .standard
  ) throws(SolverError) {
    guard delay >= 0 else {
      throw .outOfRange(parameter: "delay", value: Double(delay), admissible: "at least 0")
    }
    self.delay = delay
    sweep = OneSweep(
      signal: signal, updates: updates, nudge: try Nudge(nudge), weightPenalty: weightPenalty)
  }

  /// How errors travel back.
  public var signal: any Signal { sweep.signal }
  /// The weight of the loss.
  public var nudge: Double { sweep.nudge.beta }
  /// The weight of the loss.
  public var initialNudge: Double { nudge }
  /// As each layer's update asks for.
  public func moments(of network: Network) -> [Int] { sweep.moments(of: network) }

  /// For each block that is trained the gradients under way, that of step `t` at the place `t mod K`.
  public func memory(of network: Network) -> [[[Int]]] {
    (1...network.depth).map { l in
      let shapes = network.layers[l - 1].stage.parameters.map(\.shape)
      guard network.isTrainedBlock(l) else { return [] }
      return Array((0..<delay).map { _ in shapes }.joined())
    }
  }

  /// More steps than the first gradient takes to arrive.
  public func check(steps: Int, samples: Int) throws(SolverError) {
    guard delay < steps else {
      throw .unsuitable(
        "the training ends after \(steps) steps, before the first gradient has arrived; make delay less than "
          + "\(steps)")
    }
  }

  /// A signal that passes every hidden layer, updates that take gradients and remember nothing but moments, and
  /// no statistics of whole batches.
  public func check(_ network: Network) throws(SolverError) {
    try network.requireNoStatistics(for: "a delayed gradient")
    try sweep.check(network)
    for l in 1...network.depth where network.isTrainedBlock(l) {
      let (update, stage) = (sweep.layerUpdates[l], network.layers[l - 1].stage)
      guard update.needsGradientOnly, update.memory(for: stage).isEmpty else {
        throw .unsuitable(
          "\(type(of: update)) of layer \(l) needs the batch itself, and of a delayed batch there is the "
            + "gradient; use gradient, momentum or adam")
      }
    }
  }

  /// Forward, backward, and the update along the gradient that arrives. Counts one gradient evaluation.
  public func step<S: TensorScalar>(
    _ state: inout TrainingState<S>, _ batch: Batch<S>, _ network: Network,
    workspace: inout LayerStates<S>, stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) {
    let samples = batch.inputs.rows
    var (loss, gradient) = try workspace.gradient(
      of: batch, by: signal, network, at: state.theta, nudge: nudge, scale: scale(samples), on: pool
    )
    state.progress.lossOfEpoch += loss
    exchange(&gradient, ofStep: state.progress.step, in: &state)
    try update(&state, along: gradient, samples: samples, network, stepFactor, on: pool)
    state.progress.step += 1
    state.progress.gradientEvaluations += 1
  }
}

// What ranks need as well.
extension DelayedSweep {
  /// What a gradient summed over samples is multiplied by.
  package func scale<S: TensorScalar>(_ samples: Int) -> S { S(1 / (Double(samples) * nudge)) }

  /// Leaves the gradient of a step in the state's memory, and takes out the one that was in its place: that of
  /// `K` steps before.
  package func exchange<S: TensorScalar>(
    _ gradient: inout [[Tensor<S>]], ofStep step: Int, in state: inout TrainingState<S>
  ) {
    guard delay > 0 else { return }
    for l in gradient.indices {
      let first = step % delay * gradient[l].count
      for slot in gradient[l].indices { swap(&gradient[l][slot], &state.memory[l][first + slot]) }
    }
  }

  /// The updates along a gradient that has arrived; nothing while none can have.
  package func update<S: TensorScalar>(
    _ state: inout TrainingState<S>, along gradient: [[Tensor<S>]], samples: Int,
    _ network: Network, _ stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) {
    guard state.progress.step >= delay else { return }
    let layers = (1...network.depth).filter(network.isTrainedBlock)
    let contexts = layers.map { l in
      UpdateContext(
        stage: network.layers[l - 1].stage, samples: samples, gradient: gradient[l - 1],
        scale: scale(samples), stepFactor: stepFactor, penalty: sweep.weightPenalty)
    }
    try sweep.move(layers, of: &state, by: contexts, network, on: pool)
  }
}
