import Tensors

/// Training by a ``Splitting``: on each batch some sweeps over the variables of its samples, which are
/// kept from one visit to the next.
///
/// At first, and again every ``restartEvery`` epochs, the variables are those of the forward pass and
/// the multipliers zero. A batch of all samples is the deterministic method of the papers; with smaller
/// ones the anchor `tau` of the formulation keeps the weights from fitting the batch alone.
public struct SplittingTraining: MinibatchMethod {
  /// The formulation.
  public let splitting: any Splitting
  /// The weight of the constraints in the first epoch, `> 0`.
  public let rho: Double
  /// How it grows from epoch to epoch.
  public let continuation: Continuation
  /// Sweeps on each batch, at least 1.
  public let sweeps: Int
  /// Epochs from one forward pass for the variables to the next, at least 1; `nil` for the first only.
  public let restartEvery: Int?
  /// `R`.
  public let weightPenalty: WeightPenalty

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``, or
  ///   ``SolverError/unsuitable(_:)`` for dual ascent, which needs penalties that no constraint has.
  public init(
    _ splitting: any Splitting, rho: Double, continuation: Continuation = .constant,
    sweeps: Int = 1, restartEvery: Int? = nil, weightPenalty: WeightPenalty = .standard
  ) throws(SolverError) {
    try SolverError.requirePositive(rho, "rho")
    if case .dualAscent = continuation.rule {
      throw .unsuitable("rho does not grow by dualAscent; use geometric or afterIncreases")
    }
    for (name, value) in [("sweeps", sweeps), ("restartEvery", restartEvery ?? 1)] where value < 1 {
      throw .outOfRange(parameter: name, value: Double(value), admissible: "at least 1")
    }
    (self.splitting, self.rho, self.continuation) = (splitting, rho, continuation)
    (self.sweeps, self.restartEvery, self.weightPenalty) = (sweeps, restartEvery, weightPenalty)
  }

  /// 1, and without meaning.
  public var initialNudge: Double { 1 }
  /// As the formulation does.
  public var followsSchedule: Bool { splitting.followsSchedule }
  /// None.
  public func moments(of network: Network) -> [Int] { Array(repeating: 0, count: network.depth) }
  /// Activations, pre-activations and multipliers, as the formulation has them.
  public func keptVariables(of network: Network) -> [Int] {
    splitting.variables.widths(in: network)
  }
  /// As the formulation does.
  public func check(_ network: Network) throws(SolverError) {
    try network.requireAffineStages(for: "a splitting")
    try network.requireOwnParameters(for: "a splitting")
    try splitting.check(network)
  }

  /// The sweeps on the batch's variables. Counts one gradient evaluation for each. The last step
  /// of an epoch leaves its diagnosis in the state's progress, the augmented Lagrangian for the objective,
  /// and lets `rho` grow.
  public func step<S: TensorScalar>(
    _ state: inout TrainingState<S>, _ batch: Batch<S>, _ network: Network,
    workspace: inout LayerStates<S>, stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) {
    state.progress.lossOfEpoch += workspace.forwardLoss(batch, network, state.theta, on: pool)
    let (epoch, variables) = (state.progress.epoch, splitting.variables)
    var point =
      startsAfresh(epoch)
      ? SplitPoint(workspace, batch, theta: state.theta, variables, network)
      : SplitPoint(taking: &workspace.kept, batch, theta: state.theta, variables, network)
    let task = SplitTask(
      network, rho: state.progress.layerWeights?.first ?? rho, weightPenalty: weightPenalty,
      stepFactor: stepFactor)
    for _ in 0..<sweeps { try splitting.sweep(&point, task, on: pool) }
    if workspace.endsEpoch { conclude(&state.progress, point, task, on: pool) }
    point.exchange(with: &workspace.kept, variables)
    state.theta = point.theta
    state.progress.step += 1
    state.progress.gradientEvaluations += sweeps
  }

  private func conclude<S: TensorScalar>(
    _ progress: inout TrainingProgress, _ point: SplitPoint<S>, _ task: SplitTask,
    on pool: WorkerPool
  ) {
    let diagnosis = EnergyDiagnosis(
      objective: splitting.value(at: point, task, on: pool),
      stationarity: splitting.stationarity(at: point, task, on: pool),
      consistencyGaps: task.network.consistencyGaps(point.theta, point.x, on: pool))
    progress.conclude(diagnosis, weights: [task.rho]) {
      [continuation.grown(task.rho, penalty: 0, increases: $0)]
    }
  }

  private func startsAfresh(_ epoch: Int) -> Bool {
    restartEvery.map { epoch.isMultiple(of: $0) } ?? (epoch == 0)
  }
}
