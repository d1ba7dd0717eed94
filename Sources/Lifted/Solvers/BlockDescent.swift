import Proximal
import Tensors

/// Block-coordinate descent on a lifted ``Energy``: sweeps over the free variables, then the free
/// parameters, the rest clamped.
///
/// One description serves every job: which blocks are free decides whether it trains, inverts or
/// infers. It is immutable; what changes is in ``BlockDescentState``:
///
///     var state = try descent.start(at: point)
///     for _ in 0..<100 { try descent.round(&state, on: pool) }
///
/// Cost of a round: for each free variable three products with neighbouring `A_l`, for each parameter
/// block one gradient (and a Cholesky factorisation where it majorises).
///
/// Source: methods collected in Wang et al., arXiv 2510.09796; PALM, Bolte, Sabach and Teboulle, 2014.
public struct BlockDescent: Sendable {
  /// What is minimised.
  public let energy: Energy
  /// The blocks that may move; not empty.
  public let free: Blocks
  /// The order of the variables.
  public let sweep: Sweep
  /// How a variable moves.
  public let variableUpdate: VariableUpdate
  /// How a weight block moves.
  public let parameterUpdate: ParameterUpdate
  /// The anchor `1/(2 tau) ||theta - theta_k||^2` of implicit stochastic gradient steps; `nil` for none.
  public let anchorTau: Double?

  /// - Throws: ``SolverError`` for a combination that makes no sense or a number out of range.
  public init(
    _ energy: Energy, free: Blocks, sweep: Sweep = .backward,
    variableUpdate: VariableUpdate = .proximalGradient(steps: 1),
    parameterUpdate: ParameterUpdate = .gradient, anchorTau: Double? = nil
  ) throws(SolverError) {
    guard !free.isEmpty else {
      throw .unsuitable("no block is free; free at least one of parameters, input, hidden, output")
    }
    guard variableUpdate.steps >= 1 else {
      throw .outOfRange(
        parameter: "steps", value: Double(variableUpdate.steps), admissible: "at least 1")
    }
    if case .mirror = variableUpdate {
      guard energy.penalty is BregmanPenalty,
        !energy.network.layers.contains(where: { $0.regulariser != nil })
      else {
        throw .unsuitable(
          "the mirror form holds for the Bregman penalty without a layer regulariser; "
            + "use proximalGradient")
      }
    }
    if case .majorise(let tau, let relaxation) = parameterUpdate {
      _ = try ImplicitStep(tau: tau, relaxation: relaxation)
      if anchorTau != nil {
        throw .unsuitable("majorise has its own anchor tau; leave anchorTau out")
      }
    }
    if let anchorTau { try SolverError.requirePositive(anchorTau, "anchorTau") }
    (self.energy, self.free, self.sweep) = (energy, free, sweep)
    (self.variableUpdate, self.parameterUpdate) = (variableUpdate, parameterUpdate)
    self.anchorTau = anchorTau
  }

  /// Indices of the variables that may move.
  private var variables: [Int] {
    let last = energy.network.depth
    return (free.contains(.input) ? [0] : []) + (free.contains(.hidden) ? Array(1..<last) : [])
      + (free.contains(.output) ? [last] : [])
  }

  /// The state at a point. The anchor is the point's parameters. In the mirror form free hidden
  /// variables start at the forward pass, since each must be `sigma` of a pre-activation.
  public func start<S: TensorScalar>(
    at point: LiftedPoint<S>, on pool: WorkerPool
  ) -> BlockDescentState<S> {
    var state = BlockDescentState(at: point)
    if case .mirror = variableUpdate, free.contains(.hidden) {
      for l in 1..<energy.network.depth {
        let layer = energy.network.layers[l - 1]
        state.mirror[l] = layer.preactivation(
          point.theta.layers[l - 1], state.point.x[l - 1], on: pool)
        state.point.x[l] = state.mirror[l].activated(by: layer.activation, on: pool)
      }
    }
    return state
  }

  /// One sweep over the free variables and one update of the free parameters.
  /// - Throws: ``SolverError/notPositiveDefinite(what:)`` when it has diverged.
  public func round<S: TensorScalar>(
    _ state: inout BlockDescentState<S>, on pool: WorkerPool
  ) throws(SolverError) {
    sweepVariables(&state, on: pool)
    if free.contains(.parameters) {
      for l in 1...energy.network.depth where energy.network.layers[l - 1].isTrainable {
        try updateParameters(ofLayer: l, &state, on: pool)
      }
    }
    state.rounds += 1
  }

  /// One sweep over the free variables.
  public func sweepVariables<S: TensorScalar>(
    _ state: inout BlockDescentState<S>, on pool: WorkerPool
  ) {
    for _ in 0..<variableUpdate.steps {
      for group in sweep.groups(of: variables) {
        let moved = group.map { updatedVariable($0, &state, on: pool) }
        for (l, x) in zip(group, moved) { state.point.x[l] = x }
      }
    }
  }

  /// The new value of `x_l`, its neighbours held still.
  private func updatedVariable<S: TensorScalar>(
    _ l: Int, _ state: inout BlockDescentState<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    let (network, point) = (energy.network, state.point)
    if l == network.depth {
      return freeOutput(at: point, on: pool)
    }
    let curvature = energy.weights[l] * state.squaredNorm(ofLayer: l + 1, network, pool)
    let gradient = energy.smoothGradient(inVariable: l, at: point, on: pool)
    if l == 0 {
      var x = point.x[0]
      x.combine(1, S(-1 / max(curvature + energy.inputDecay, Self.leastCurvature)), gradient)
      return x
    }
    if case .mirror = variableUpdate {
      return mirrorStep(l, curvature / energy.weights[l - 1], gradient, &state, on: pool)
    }
    return proximalStep(l, curvature, gradient, point.x[l], on: pool)
  }

  /// A next layer of zeros has no curvature: any step will do.
  private static let leastCurvature = 1e-12

  /// The minimiser in `x_L`: the layer's activation, with its regulariser if it has one.
  private func freeOutput<S: TensorScalar>(
    at point: LiftedPoint<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    let last = energy.network.depth
    let layer = energy.network.layers[last - 1]
    let (weight, width) = (S(energy.weights[last - 1]), layer.stage.outputs)
    var x = layer.preactivation(point.theta.layers[last - 1], point.x[last - 1], on: pool)
    guard let regulariser = layer.regulariser else {
      return x.activated(by: layer.activation, on: pool)
    }
    x.forEachBand(on: pool) { tile, x in
      for row in tile.rows {
        let x = x + row * width
        regulariser.activate(x, weight: weight, layer.activation, into: x, count: width)
      }
    }
    return x
  }

  /// `prox_{mu (lambda G + S)}(x - mu gradient)`, `mu = 1 / curvature`.
  private func proximalStep<S: TensorScalar>(
    _ l: Int, _ curvature: Double, _ gradient: Tensor<S>, _ old: Tensor<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    let layer = energy.network.layers[l - 1]
    let step = S(1 / max(curvature, Self.leastCurvature))
    let (weight, width) = (S(energy.weights[l - 1]), layer.stage.outputs)
    var x = old
    x.combine(1, -step, gradient)
    x.forEachBand(on: pool) { tile, x in
      for row in tile.rows {
        energy.penalty.prox(
          of: x + row * width, step: step, weight: weight, layer.activation, layer.regulariser,
          into: x + row * width, count: width)
      }
    }
    return x
  }

  /// `p <- p - theta (p + gradient / lambda_l)`, `x = sigma(p)`: the smooth gradient holds `-a`.
  private func mirrorStep<S: TensorScalar>(
    _ l: Int, _ curvature: Double, _ gradient: Tensor<S>, _ state: inout BlockDescentState<S>,
    on pool: WorkerPool
  ) -> Tensor<S> {
    let theta = 1 / (1 + curvature)
    state.mirror[l].combine(S(1 - theta), S(-theta / energy.weights[l - 1]), gradient)
    return state.mirror[l].activated(by: energy.network.layers[l - 1].activation, on: pool)
  }

  private func updateParameters<S: TensorScalar>(
    ofLayer l: Int, _ state: inout BlockDescentState<S>, on pool: WorkerPool
  ) throws(SolverError) {
    let stage = energy.network.layers[l - 1].stage
    let residual = energy.residual(ofLayer: l, at: state.point, on: pool)
    let scale = energy.weights[l - 1] / Double(residual.rows)
    var theta = state.point.theta.layers[l - 1]
    switch parameterUpdate {
    case .majorise(let tau, let relaxation):
      try majorise(
        &theta, stage, residual, state.point.x[l - 1], (scale, tau, relaxation), on: pool)
    case .gradient:
      let pull = anchorTau.map { 1 / $0 } ?? 0
      let step = 1 / (scale * state.squaredNorm(ofInputsTo: l, pool) + pull)
      let gradient = stage.parameterGradient(
        of: residual, at: state.point.x[l - 1], scale: S(scale), on: pool)
      for index in theta.indices {
        if pull > 0 {
          theta[index].combine(
            S(1 - step * pull), S(step * pull), state.anchor.layers[l - 1][index])
        }
        theta[index].combine(1, S(-step), gradient[index])
      }
      energy.weightPenalty.shrink(&theta, stage, step: step)
    }
    energy.weightPenalty.project(&theta, stage)
    state.point.theta.layers[l - 1] = theta
  }

  /// The minimiser of the quadratic majoriser, anchor and decay together:
  ///
  ///     1/(2 tau) ||W - W_k||^2 + decay/2 ||W||^2 = 1/(2 tau') ||W - f W_k||^2 + constant,
  ///     f = 1 / (1 + tau decay),   tau' = f tau
  ///
  /// so it is the implicit step with `tau'` from `f W_k`, where the residual is `R + (f - 1) A x`.
  /// Offsets have no decay; theirs is anchored by `tau'` as well, which is a majoriser still.
  private func majorise<S: TensorScalar>(
    _ theta: inout [Tensor<S>], _ stage: any AffineStage, _ residual: Tensor<S>, _ x: Tensor<S>,
    _ numbers: (scale: Double, tau: Double, relaxation: Double), on pool: WorkerPool
  ) throws(SolverError) {
    let (old, factor) = (theta, energy.weightPenalty.shrinkage(step: numbers.tau))
    var residual = residual
    if factor < 1 {
      var image = Tensor<S>(shape: residual.shape)
      stage.apply(theta, to: x, into: &image, on: pool, finish: nil)
      residual.combine(1, S(factor - 1), image)
      energy.weightPenalty.shrink(&theta, stage, step: numbers.tau)
    }
    try stage.implicitStep(
      &theta, residual: residual, at: x, scale: S(numbers.scale), tau: S(factor * numbers.tau),
      relaxation: 1, on: pool)
    let fraction = S(numbers.relaxation)
    for index in theta.indices { theta[index].combine(fraction, 1 - fraction, old[index]) }
  }
}

extension Tensor {
  /// `sigma` applied to each row.
  func activated(by activation: any Activation, on pool: WorkerPool) -> Tensor {
    var x = self
    let width = columns
    x.forEachBand(on: pool) { tile, x in
      for row in tile.rows {
        activation.activate(x + row * width, into: x + row * width, count: width)
      }
    }
    return x
  }
}
