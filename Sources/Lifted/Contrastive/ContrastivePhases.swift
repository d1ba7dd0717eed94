import RealModule
import Tensors

/// Contrastive training of lifted networks by two phases: the least energy with the output clamped to
/// the targets, less the least energy with the output free.
///
///     E(x; W) = 1/s sum_i sum_l gamma^{l-1} ( 1/2 ||x_l - z_l||^2 + Psi_l(x_l) )
///     J(W)    = min_{x: x_L = y} E - min_x E  >=  0
///     dJ/dW_l = gamma^{l-1}/s ( R_c^T x_c - R_f^T x_f ),   R = z_l - x_l in either phase
///
/// The difference takes away the bias of ``LiftedPenalty``. Each phase is `J` sweeps of proximal
/// gradient steps over the variables from the forward pass. As `gamma -> 0` feedback becomes weak: the
/// free phase is then the forward pass, and `dJ/dW / gamma^{L-1}`, which the updates are given, tends
/// to the back-propagation gradient. No derivative of an activation.
///
/// Cost of a step: `2 J` sweeps, each about three products with every `A_l`.
///
/// Source: Zach and Estellers, BMVC 2019.
public struct ContrastivePhases: MinibatchMethod {
  /// `gamma`, the weight of a layer's penalty by that of the layer before, `0 < gamma <= 1`.
  public let gamma: Double
  /// Sweeps `J` of each phase, at least 1.
  public let sweeps: Int
  /// The order of the variables in a sweep.
  public let order: Sweep
  /// One update for each layer, or a single one for all.
  public let updates: [any WeightUpdate]
  /// `R`, by its prox after each update.
  public let weightPenalty: WeightPenalty

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    gamma: Double, sweeps: Int, order: Sweep = .backward, updates: [any WeightUpdate],
    weightPenalty: WeightPenalty = .standard
  ) throws(SolverError) {
    try SolverError.requirePositive(gamma, "gamma")
    try SolverError.require(gamma, in: 0...1, "gamma")
    guard sweeps >= 1 else {
      throw .outOfRange(parameter: "sweeps", value: Double(sweeps), admissible: "at least 1")
    }
    (self.gamma, self.sweeps, self.order) = (gamma, sweeps, order)
    (self.updates, self.weightPenalty) = (updates, weightPenalty)
  }

  private var layerUpdates: LayerUpdates { LayerUpdates(updates: updates) }

  /// The weight of the loss beside the last hidden penalty's.
  public var initialNudge: Double { gamma }
  /// As each layer's update asks for.
  public func moments(of network: Network) -> [Int] { layerUpdates.moments(of: network) }
  /// As each layer's update asks for.
  public func memory(of network: Network) -> [[[Int]]] { layerUpdates.memory(of: network) }
  /// One update for each layer or one for all; every network of proximal layers will do.
  public func check(_ network: Network) throws(SolverError) {
    try network.requireAffineStages(for: "the contrast of two phases")
    try network.requireOwnParameters(for: "the contrast of two phases")
    try layerUpdates.check(network)
  }

  /// `E`, with the weight penalty left out: it is the same in both phases.
  public func energy(of network: Network) throws(SolverError) -> Energy {
    try Energy(
      network, penalty: LiftedPenalty(), loss: LiftedPenalty(),
      weights: (0..<network.depth).map { Double.pow(gamma, Double($0)) }, weightPenalty: .none)
  }

  /// Both phases from a forward pass.
  /// - Parameters:
  ///   - forward: the forward pass of a batch.
  ///   - targets: what the output is clamped to in one of them.
  ///   - energy: ``energy(of:)``.
  ///   - pool: the threads to work with.
  /// - Throws: ``SolverError``.
  public func phases<S: TensorScalar>(
    from forward: LiftedPoint<S>, targets: Tensor<S>, _ energy: Energy, on pool: WorkerPool
  ) throws(SolverError) -> (clamped: LiftedPoint<S>, free: LiftedPoint<S>) {
    let depth = energy.network.depth
    var start = forward
    start.x[depth] = targets
    let free = try BlockDescent(energy, free: .inference, sweep: order)
    var state = free.start(at: start, on: pool)
    if depth > 1 {
      try settle(&state, by: BlockDescent(energy, free: .hidden, sweep: order), on: pool)
    }
    let clamped = state.point
    // The weights are the same: their norms need no second cold start.
    state.startAfresh(at: forward)
    try settle(&state, by: free, on: pool)
    return (clamped, state.point)
  }

  private func settle<S: TensorScalar>(
    _ state: inout BlockDescentState<S>, by descent: BlockDescent, on pool: WorkerPool
  ) throws(SolverError) {
    for _ in 0..<sweeps { try descent.round(&state, on: pool) }
  }

  /// Forward, two phases, update. Counts `2 J` gradient evaluations.
  public func step<S: TensorScalar>(
    _ state: inout TrainingState<S>, _ batch: Batch<S>, _ network: Network,
    workspace: inout LayerStates<S>, stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) {
    state.progress.lossOfEpoch += workspace.forwardLoss(batch, network, state.theta, on: pool)
    let energy = try energy(of: network)
    let (clamped, free) = try phases(
      from: try LiftedPoint(theta: state.theta, x: workspace.x, network: network),
      targets: batch.targets, energy, on: pool)
    for l in 1...network.depth where network.layers[l - 1].isTrainable {
      let context = context(l, clamped, free, energy, stepFactor, on: pool)
      try state.withBlock(ofLayer: l) { (block) throws(SolverError) in
        try layerUpdates[l].update(&block, context, on: pool)
      }
    }
    state.progress.step += 1
    state.progress.gradientEvaluations += 2 * sweeps
  }

  /// A difference of two gradients as one: residuals `R_c` over `-R_f`, inputs `x_c` over `x_f`.
  private func context<S: TensorScalar>(
    _ l: Int, _ clamped: LiftedPoint<S>, _ free: LiftedPoint<S>, _ energy: Energy,
    _ stepFactor: Double, on pool: WorkerPool
  ) -> UpdateContext<S> {
    let (weight, samples) = (energy.weights[l - 1], Double(clamped.x[0].rows))
    let stage = energy.network.layers[l - 1].stage
    let factors = stage.gradientFactors(
      clamped.theta.layers[l - 1],
      of: energy.residual(ofLayer: l, at: clamped, on: pool).stacked(
        over: energy.residual(ofLayer: l, at: free, on: pool).scaled(by: -1)),
      at: clamped.x[l - 1].stacked(over: free.x[l - 1]), on: pool)
    return UpdateContext(
      stage: stage, residual: factors.residual, input: factors.input,
      scale: S(weight / energy.weights[energy.network.depth - 1] / samples),
      stepFactor: stepFactor, penalty: weightPenalty)
  }
}
