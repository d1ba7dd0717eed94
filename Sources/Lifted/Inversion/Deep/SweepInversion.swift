import Proximal
import Tensors

/// Inversion by one sweep back from the forward pass in each iteration, and a step on the input:
///
///     x_l = sigma_l(z_l) forward,   r_L = nudge (sigma_L(z_L) - f),   r_l by the signal,
///     g = A_1^* r_1 / nudge,        u moves along g with alpha J
///
/// With ``CentredContrast`` this is lifting whose hidden variables start on the network again at every
/// iteration: two states of each layer, nudged both ways, instead of a derivative. It never drifts, and it is
/// fast where norms of layers say little of the network's own curvature, as in trained encoders.
/// ``DeepInversion`` is for starts at which whole layers are inactive.
///
/// With ``BackPropagation`` and ``InputStep/adam(_:smoothing:)`` it is the usual way, the baseline.
///
/// Rows never mix. Cost of a step: one product with each `A_l` and one with each adjoint, and a prox.
///
/// Source: the sweeps as in ``Signal``; Beck and Teboulle, SIAM J. Imaging Sciences 2, 2009.
public struct SweepInversion<S: TensorScalar>: NetworkInversion {
  public let objective: ForwardObjective<S>
  /// How the output's residual travels back.
  public let signal: any Signal
  /// How the input moves.
  public let inputStep: InputStep
  /// The weight of the residual that is sent back, `> 0`; of no effect under back-propagation.
  public let nudge: Double
  public let judgementInterval: Int

  /// - Parameters:
  ///   - network: the layers, without layer regularisers.
  ///   - theta: their parameters.
  ///   - inputPenalty: `alpha J`.
  ///   - signal: how the output's residual travels back.
  ///   - step: how the input moves.
  ///   - nudge: the weight of the residual that is sent back.
  ///   - judgementInterval: steps between judgements, at least 1.
  /// - Throws: ``SolverError``.
  public init(
    _ network: Network, _ theta: Parameters<S>, inputPenalty: InputPenalty? = nil,
    signal: any Signal = CentredContrast(), step: InputStep = .accelerated, nudge: Double = 1,
    judgementInterval: Int = 10
  ) throws(SolverError) {
    try self.init(
      ForwardObjective(network, theta, inputPenalty), signal, step, nudge, judgementInterval)
  }

  private init(
    _ objective: ForwardObjective<S>, _ signal: any Signal, _ step: InputStep, _ nudge: Double,
    _ judgementInterval: Int
  ) throws(SolverError) {
    try signal.check(objective.network)
    try step.check()
    try SolverError.requirePositive(nudge, "nudge")
    try SolverError.requireInterval(judgementInterval, "judgementInterval")
    (self.objective, self.signal, inputStep) = (objective, signal, step)
    (self.nudge, self.judgementInterval) = (nudge, judgementInterval)
  }

  public func with(alpha: Double) throws(SolverError) -> SweepInversion {
    try SweepInversion(
      objective.with(alpha: alpha), signal, inputStep, nudge, judgementInterval)
  }

  public func start(
    from u: Tensor<S>, measured f: Tensor<S>, on pool: WorkerPool
  ) throws(SolverError) -> SweepInversionState<S> {
    SweepInversionState(
      try BestInputs(objective, from: u, measured: f, on: pool), objective.network)
  }

  public func step(
    _ state: inout SweepInversionState<S>, on pool: WorkerPool
  ) throws(SolverError) {
    switch inputStep {
    case .accelerated:
      state.states.x[0] = state.extrapolated
      let gradient = try gradient(&state, on: pool)
      state.move(along: gradient, objective.inputPenalty, on: pool)
    case .adam(let adam, let smoothing):
      state.states.x[0] = state.input
      var gradient = try gradient(&state, on: pool)
      if let penalty = objective.inputPenalty {
        var near = state.input
        let step = Array(repeating: S(smoothing), count: near.rows)
        near.moveRows(by: penalty.prior, steps: step, &state.memories, on: pool)
        let scale = S(penalty.alpha / smoothing)
        gradient.combine(1, scale, state.input)
        gradient.combine(1, -scale, near)
      }
      state.descend(along: gradient, by: adam)
      state.returnToDomain(of: objective.inputPenalty?.regulariser, on: pool)
    }
  }

  /// `g` where the states' input is.
  func gradient(
    _ state: inout SweepInversionState<S>, on pool: WorkerPool
  ) throws(SolverError) -> Tensor<S> {
    let (network, theta) = (objective.network, objective.theta)
    state.states.forward(network, theta, on: pool)
    try signal.sweep(
      &state.states, against: state.best.measured, network, theta, nudge: S(nudge), on: pool)
    var gradient = Tensor<S>(shape: state.input.shape)
    network.layers[0].stage.adjoint(
      theta.layers[0], of: state.states.r[1], into: &gradient, on: pool, finish: nil)
    gradient.scale(by: S(1 / nudge))
    return gradient
  }

  /// Zeros: each iteration starts on the network.
  public func consistencyGaps(_ state: SweepInversionState<S>, on pool: WorkerPool) -> [Double] {
    Array(repeating: 0, count: objective.network.depth)
  }
}
