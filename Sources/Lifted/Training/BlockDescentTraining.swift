import Tensors

/// Block-coordinate descent on the energy of each batch, its variables kept from visit to visit or
/// started afresh from the forward pass.
///
///     rounds of  x_l <- variableSolver,  theta_l <- parameterSolver   on
///     E = 1/s sum_i [ sum_{l<L} lambda penalty(x_l, z_l) + mu loss(y, z_L) ] + R(theta)
///
/// A batch of all samples with kept variables is the deterministic method of the literature; a smaller
/// batch is minibatch block-coordinate forward-backward. Kept variables drift away from the network
/// while the energy falls: restart them by a forward pass every few epochs, or watch the forward loss.
/// Cost of a step: that of `rounds` rounds of ``BlockDescent``, and a forward pass.
///
/// Source: Carreira-Perpinan and Wang, 2014; Askari et al., 2018; Gu et al., 2020; Li et al., 2019; Wang
/// and Benning, 2023: the penalty and the solvers choose which.
public struct BlockDescentTraining: MinibatchMethod {
  /// What becomes of a sample's variables after a step.
  public enum Variables: Sendable, Equatable {
    /// They start from the forward pass at each visit.
    case restarted
    /// They are kept; every so many epochs they start again from the forward pass, `nil` for never.
    case kept(restartEvery: Int?)
  }

  /// What stands for the hidden layers' constraints.
  public let penalty: any Penalty
  /// `lambda`, the weight of the hidden penalties at the start.
  public let hiddenWeight: Double
  /// `mu`, the weight of the loss.
  public let lossWeight: Double
  /// How hidden weights grow from epoch to epoch.
  public let continuation: Continuation
  /// The order of the variables.
  public let sweep: Sweep
  /// How a variable moves.
  public let variableSolver: any VariableSolver
  /// How a weight block moves.
  public let parameterSolver: any ParameterSolver
  /// Rounds on each batch, at least 1.
  public let rounds: Int
  /// What becomes of a sample's variables.
  public let variables: Variables
  /// The anchor `1/(2 tau)` of the weights at those before the step; `nil` for none.
  public let anchorTau: Double?
  /// Whether rounds that raise the energy are refused.
  public let isGuarded: Bool
  /// `R`.
  public let weightPenalty: WeightPenalty
  /// How a round is cut for the threads.
  public let schedule: LayerSchedule

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``, or
  ///   ``SolverError/unsuitable(_:)`` for kept variables under a solver that would forget them; whether
  ///   the parts fit a network is checked by ``check(_:)``.
  public init(
    penalty: any Penalty = BregmanPenalty(), hiddenWeight: Double = 1, lossWeight: Double = 1,
    continuation: Continuation = .constant, sweep: Sweep = .backward,
    variableSolver: any VariableSolver = ProximalGradient.once,
    parameterSolver: any ParameterSolver = ProximalGradient.once, rounds: Int = 1,
    variables: Variables = .kept(restartEvery: nil), anchorTau: Double? = nil,
    isGuarded: Bool = false, weightPenalty: WeightPenalty = .standard,
    schedule: LayerSchedule = .auto
  ) throws(SolverError) {
    try SolverError.requirePositive(hiddenWeight, "hiddenWeight")
    try SolverError.requirePositive(lossWeight, "lossWeight")
    guard rounds >= 1 else {
      throw .outOfRange(parameter: "rounds", value: Double(rounds), admissible: "at least 1")
    }
    if case .kept(let every?) = variables, every < 1 {
      throw .outOfRange(parameter: "restartEvery", value: Double(every), admissible: "at least 1")
    }
    if variables != .restarted, variableSolver.startsAtPreactivation {
      throw .unsuitable(
        "\(type(of: variableSolver)) starts from the forward pass at each visit and would forget kept "
          + "variables; make variables restarted, or use proximalGradient")
    }
    if let anchorTau { try SolverError.requirePositive(anchorTau, "anchorTau") }
    (self.penalty, self.hiddenWeight, self.lossWeight) = (penalty, hiddenWeight, lossWeight)
    (self.continuation, self.sweep, self.rounds) = (continuation, sweep, rounds)
    (self.variableSolver, self.parameterSolver) = (variableSolver, parameterSolver)
    (self.variables, self.anchorTau, self.isGuarded) = (variables, anchorTau, isGuarded)
    (self.weightPenalty, self.schedule) = (weightPenalty, schedule)
  }

  /// `mu / lambda`, the weight of the loss beside hidden penalties of weight 1.
  public var initialNudge: Double { lossWeight / hiddenWeight }
  /// Only the anchor has a length to shorten; solvers find their own steps.
  public var followsSchedule: Bool { anchorTau != nil }
  /// Solvers start afresh at each visit.
  public func moments(of network: Network) -> [Int] { Array(repeating: 0, count: network.depth) }

  /// For each layer two vectors of the length of its inputs, where its power iterations have got to.
  public func memory(of network: Network) -> [[[Int]]] {
    network.layers.map { Array(repeating: [$0.stage.inputs], count: 2) }
  }

  /// The widths of the hidden layers, where variables are kept.
  public func keptVariables(of network: Network) -> [Int] {
    variables == .restarted ? [] : network.layers.dropLast().map(\.stage.outputs)
  }

  /// Whether penalty, solvers and network fit one another.
  public func check(_ network: Network) throws(SolverError) {
    _ = try descent(network, initialWeights(network), stepFactor: 1)
  }

  /// `lambda, …, lambda, mu`.
  package func initialWeights(_ network: Network) -> [Double] {
    Array(repeating: hiddenWeight, count: network.depth - 1) + [lossWeight]
  }

  /// The rounds of a step under given weights of the layers.
  package func descent(
    _ network: Network, _ weights: [Double], stepFactor: Double
  ) throws(SolverError) -> BlockDescent {
    try BlockDescent(
      try Energy(network, penalty: penalty, weights: weights, weightPenalty: weightPenalty),
      free: .training, sweep: sweep, variableSolver: variableSolver,
      parameterSolver: parameterSolver, anchorTau: anchorTau.map { $0 * stepFactor },
      isGuarded: isGuarded, schedule: schedule)
  }

  /// The rounds of one batch. Counts as many gradient evaluations as the busier of the two solvers
  /// makes in each. The last step of an epoch leaves its diagnosis in the state's progress and lets the
  /// hidden weights grow.
  public func step<S: TensorScalar>(
    _ state: inout TrainingState<S>, _ batch: Batch<S>, _ network: Network,
    workspace: inout LayerStates<S>, stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) {
    state.progress.lossOfEpoch += workspace.forwardLoss(batch, network, state.theta, on: pool)
    let weights = state.progress.layerWeights ?? initialWeights(network)
    let descent = try descent(network, weights, stepFactor: stepFactor)
    let hidden = isRestart(state.progress) ? Array(workspace.x[1..<network.depth]) : workspace.kept
    let point = try LiftedPoint(
      theta: state.theta, x: [batch.inputs] + hidden + [batch.targets], network: network)
    var inner = descent.start(at: point, on: pool)
    inner.vectors = state.memory
    for _ in 0..<rounds { try descent.round(&inner, on: pool) }
    remember(inner.vectors, in: &state)
    state.theta = inner.point.theta
    if variables != .restarted { workspace.kept = Array(inner.point.x[1..<network.depth]) }
    if workspace.endsEpoch { conclude(&state.progress, descent, &inner, on: pool) }
    state.progress.step += 1
    state.progress.gradientEvaluations += gradientsOfStep
  }

  /// As many gradient evaluations as the busier of the two solvers makes.
  package var gradientsOfStep: Int {
    rounds * max(variableSolver.gradients, parameterSolver.gradients)
  }

  /// Keeps the vectors of power iterations that are of the length of a layer's inputs: a later step starts from
  /// them.
  private func remember<S: TensorScalar>(
    _ vectors: [[Tensor<S>]], in state: inout TrainingState<S>
  ) {
    for l in state.memory.indices {
      for slot in state.memory[l].indices
      where vectors[l][slot].shape == state.memory[l][slot].shape {
        state.memory[l][slot] = vectors[l][slot]
      }
    }
  }

  private func conclude<S: TensorScalar>(
    _ progress: inout TrainingProgress, _ descent: BlockDescent,
    _ inner: inout BlockDescentState<S>, on pool: WorkerPool
  ) {
    let (energy, value) = (descent.energy, descent.energy.value(at: inner.point, on: pool))
    conclude(
      &progress, energy, value: value, stationarity: descent.stationarity(&inner, on: pool).max(),
      consistencyGaps: energy.consistencyGaps(at: inner.point, on: pool))
  }

  /// Takes note of how an epoch ended, and lets the hidden weights grow.
  package func conclude(
    _ progress: inout TrainingProgress, _ energy: Energy, value: EnergyValue,
    stationarity: Double?, consistencyGaps: [Double]
  ) {
    let diagnosis = EnergyDiagnosis(
      objective: value.total, stationarity: stationarity,
      penalties: zip(value.penalties, energy.weights).map { $0 / $1 },
      consistencyGaps: consistencyGaps)
    progress.conclude(diagnosis, weights: energy.weights) {
      continuation.next(weights: energy.weights, penalties: value.penalties, increases: $0)
    }
  }

  /// Whether the variables of the next step start from the forward pass.
  package func isRestart(_ progress: TrainingProgress) -> Bool {
    switch variables {
    case .restarted: true
    case .kept(let every): progress.epoch == 0 || every.map { progress.epoch % $0 == 0 } ?? false
    }
  }
}
