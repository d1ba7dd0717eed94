import Lifted
import Tensors

/// One step of ``Lifted/OneSweep`` whose batch is shared out over ranks.
struct DataParallelSweep {
  private let parallel: DataParallelTraining
  /// Samples of the whole batch.
  private let samples: Int
  private let stepFactor: Double
  private let pool: WorkerPool

  init(_ parallel: DataParallelTraining, samples: Int, stepFactor: Double, pool: WorkerPool) {
    (self.parallel, self.samples) = (parallel, samples)
    (self.stepFactor, self.pool) = (stepFactor, pool)
  }

  private var network: Network { parallel.training.network }
  private var method: OneSweep { parallel.method }

  /// Forward, backward with sums started on the way, updates; whether some rank is interrupted.
  ///
  /// An update that fails may do so on one rank alone, where processors round differently. That rank takes
  /// part in one more step, by which the others learn of it.
  func take<S: TensorScalar & Transferable>(
    _ state: inout TrainingState<S>, _ workspace: inout DataParallelWorkspace<S>, rows: [Int],
    isInterrupted: Bool
  ) throws -> Bool {
    let looks = method.looksAtActivity(state.progress)
    let report = try forward(
      &workspace, state.theta, isInterrupted: isInterrupted, looks: looks)
    var figures: [Double]?
    if looks { figures = try report.wait().scalars }
    method.adjustNudge(&state.progress, leastActive: figures.flatMap(leastActive))
    var sums: [(layer: Int, sum: BlockSum<S>)] = []
    try backward(&workspace.parts, state) { (l, parts) throws in
      guard network.isTrainedBlock(l) else { return }
      for (_, sum) in sums { try sum.advance() }
      sums.append((l, try start(ofBlock: l, parts, state, rows: rows)))
    }
    // All sums before the first step: a step may throw, and nothing must be under way then.
    let contexts = try sums.map { l, sum in
      try sum.context(
        network.layers[l - 1].stage, samples: samples, scale: scale(state.progress),
        stepFactor: stepFactor, penalty: method.weightPenalty)
    }
    let all = try figures ?? report.wait().scalars
    if all[2] > 0 { try parallel.communicator.agree(on: workspace.failure) }
    do throws(SolverError) {
      try method.move(sums.map(\.layer), of: &state, by: contexts, network, on: pool)
    } catch { workspace.failure = error }
    state.progress.lossOfEpoch += all[0]
    state.progress.step += 1
    state.progress.gradientEvaluations += 1
    return all[1] > 0
  }

  /// Every part's loss, whether this rank is interrupted, whether its last update failed, and if asked for how
  /// many numbers of each hidden layer are not zero.
  private func forward<S: TensorScalar>(
    _ workspace: inout DataParallelWorkspace<S>, _ theta: Parameters<S>, isInterrupted: Bool,
    looks: Bool
  ) throws -> ShardSum<Double> {
    var reports: [Tensor<Double>] = []
    for part in workspace.parts.indices {
      var report = Array(repeating: 0.0, count: looks ? network.depth + 2 : 3)
      report[1] = isInterrupted && part == 0 ? 1 : 0
      report[2] = workspace.failure != nil && part == 0 ? 1 : 0
      if workspace.parts[part].batch.inputs.rows > 0 {
        report[0] = workspace.parts[part].states.forwardLoss(
          workspace.parts[part].batch, network, theta, on: pool)
        if looks {
          report.replaceSubrange(
            3..., with: workspace.parts[part].states.activeCounts().map(Double.init))
        }
      }
      reports.append(Tensor(rows: [report]))
    }
    return try parallel.sum(reports, tag: 0)
  }

  private func leastActive(_ report: [Double]) -> Double? {
    zip(report.dropFirst(3), network.widths.dropFirst())
      .map { $0 / Double(max(samples * $1, 1)) }.min()
  }

  /// Backwards through the layers that are trained, all parts of a layer before the next layer.
  private func backward<S: TensorScalar>(
    _ parts: inout [TrainingWorkspace<S>], _ state: TrainingState<S>,
    _ visit: (Int, [TrainingWorkspace<S>]) throws -> Void
  ) throws {
    let beta = S(state.progress.nudge)
    for l in stride(from: network.depth, through: network.lowestTrainable, by: -1) {
      for part in parts.indices where parts[part].batch.inputs.rows > 0 {
        if l == network.depth {
          parts[part].states.setOutputResidual(
            against: parts[part].batch.targets, weight: beta, on: pool)
        } else {
          try method.signal.propagate(
            toLayer: l, &parts[part].states, network, state.theta, nudge: beta, on: pool)
        }
      }
      try visit(l, parts)
    }
  }

  private func scale<S: TensorScalar>(_ progress: TrainingProgress) -> S {
    S(1 / (Double(samples) * progress.nudge))
  }

  /// Starts the sum that the update of a block needs.
  private func start<S: TensorScalar & Transferable>(
    ofBlock l: Int, _ parts: [TrainingWorkspace<S>], _ state: TrainingState<S>, rows: [Int]
  ) throws(CommunicationError) -> BlockSum<S> {
    let (update, stage) = (method.layerUpdates[l], network.layers[l - 1].stage)
    if update.needsGradientOnly {
      let gradients = parts.map { part in
        part.batch.inputs.rows == 0
          ? stage.parameters.map { Tensor<S>(shape: $0.shape) }
          : part.states.gradient(
            ofBlock: l, network, state.theta, scale: scale(state.progress), on: pool)
      }
      return .gradient(try parallel.sum(together: gradients, tag: l))
    }
    let factors = parts.map { part in
      part.batch.inputs.rows == 0
        ? (
          residual: Tensor<S>(shape: [0, stage.outputs]),
          input: Tensor<S>(shape: [0, stage.inputs])
        )
        : stage.gradientFactors(
          state.theta.layers[l - 1], of: part.states.r[l], at: part.states.x[l - 1], on: pool)
    }
    guard update.takesNormalEquations(of: stage, samples: samples) else {
      let own = Tensor(stacking: factors.map { Tensor(joining: $0.residual, beside: $0.input) })
      return .rows(try parallel.communicator.startAllGather(rowsOf: own, rows: rows))
    }
    let pairs = factors.map { factors in
      let pair = NormalEquations(residual: factors.residual, input: factors.input, on: pool)
      return [pair.gram, pair.cross]
    }
    return .normalEquations(try parallel.sum(together: pairs, tag: l))
  }
}
