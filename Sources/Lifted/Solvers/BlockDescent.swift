import Proximal
import Tensors

/// Block-coordinate descent on a lifted ``Energy``: sweeps over the free variables, then the free
/// parameters, the rest clamped.
///
/// One description serves every job: which blocks are free decides whether it trains, inverts or
/// infers. It is immutable; what changes is in ``BlockDescentState``:
///
///     var state = descent.start(at: point)
///     for _ in 0..<100 { try descent.round(&state, on: pool) }
///
/// With ``ProximalGradient/once`` in every block it is PALM, with ``InertialStep`` iPALM; any
/// ``VariableSolver`` goes with any ``ParameterSolver``.
/// Cost of a round: for each free block its solver's, and a few power iterations.
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
  public let variableSolver: any VariableSolver
  /// How a weight block moves.
  public let parameterSolver: any ParameterSolver
  /// The anchor `1/(2 tau) ||theta - theta_k||^2` of implicit stochastic gradient steps; `nil` for none.
  public let anchorTau: Double?
  /// Whether a round that raises the energy is undone and done again by proximal gradient steps in a
  /// backward sweep, which cannot raise it. Costs one value of the energy a round.
  public let isGuarded: Bool
  /// How a round is cut for the threads.
  public let schedule: LayerSchedule

  /// - Parameters:
  ///   - energy: what is minimised.
  ///   - free: the blocks that may move.
  ///   - sweep: the order of the variables.
  ///   - variableSolver: how a variable moves.
  ///   - parameterSolver: how a weight block moves.
  ///   - anchorTau: the anchor of an implicit step, `> 0`; with a ``BlockSolver`` for the parameters.
  ///   - isGuarded: whether rounds that raise the energy are refused.
  ///   - schedule: how a round is cut for the threads.
  /// - Throws: ``SolverError`` for a combination that makes no sense or a number out of range.
  public init(
    _ energy: Energy, free: Blocks, sweep: Sweep = .backward,
    variableSolver: any VariableSolver = ProximalGradient.once,
    parameterSolver: any ParameterSolver = ProximalGradient.once, anchorTau: Double? = nil,
    isGuarded: Bool = false, schedule: LayerSchedule = .auto
  ) throws(SolverError) {
    guard !free.isEmpty else {
      throw .unsuitable("no block is free; free at least one of parameters, input, hidden, output")
    }
    if !free.isDisjoint(with: [.hidden, .input]) {
      try variableSolver.checkVariables(of: energy)
      guard schedule != .rows || variableSolver.movesRowsApart else {
        throw .unsuitable(
          "\(type(of: variableSolver)) looks at all samples at once, so that they cannot be cut into "
            + "blocks; make the schedule layers")
      }
    }
    if free.contains(.parameters) {
      try parameterSolver.checkParameters(of: energy)
      try energy.network.requireOwnParameters(for: "block descent")
      if !parameterSolver.findsStep {
        try energy.network.requireAffineStages(for: "\(type(of: parameterSolver))")
      }
    }
    if let anchorTau {
      try SolverError.requirePositive(anchorTau, "anchorTau")
      guard free.contains(.parameters) else {
        throw .unsuitable("anchorTau holds the parameters back, but they are clamped; leave it out")
      }
      guard parameterSolver is any BlockSolver else {
        throw .unsuitable(
          "\(type(of: parameterSolver)) has its own anchor tau; leave anchorTau out")
      }
    }
    (self.energy, self.free, self.sweep) = (energy, free, sweep)
    (self.variableSolver, self.parameterSolver) = (variableSolver, parameterSolver)
    (self.anchorTau, self.isGuarded, self.schedule) = (anchorTau, isGuarded, schedule)
  }

  /// Indices of the variables that may move.
  var variables: [Int] {
    let last = energy.network.depth
    return (free.contains(.input) ? [0] : []) + (free.contains(.hidden) ? Array(1..<last) : [])
      + (free.contains(.output) ? [last] : [])
  }

  /// The state at a point. The anchor is the point's parameters.
  public func start<S: TensorScalar>(
    at point: LiftedPoint<S>, on pool: WorkerPool
  ) -> BlockDescentState<S> {
    BlockDescentState(at: point)
  }

  /// One sweep over the free variables and one update of the free parameters.
  ///
  /// A guarded round that raises the energy is taken back and done again by steps that cannot; what the
  /// solvers remember does not fit the point then, so that they start afresh.
  /// - Throws: ``SolverError/notPositiveDefinite(what:)`` when it has diverged.
  public func round<S: TensorScalar>(
    _ state: inout BlockDescentState<S>, on pool: WorkerPool
  ) throws(SolverError) {
    if isGuarded {
      try guardedMoves(&state, on: pool)
    } else {
      try moves(&state, on: pool)
    }
    state.rounds += 1
  }

  private func guardedMoves<S: TensorScalar>(
    _ state: inout BlockDescentState<S>, on pool: WorkerPool
  ) throws(SolverError) {
    let before = state.point
    let value = state.value ?? energy.value(at: before, on: pool).total
    try moves(&state, on: pool)
    var reached = energy.value(at: state.point, on: pool).total
    if !(reached <= value) {
      state.startAfresh(at: before)
      state.refusedRounds += 1
      try safe.moves(&state, on: pool)
      reached = energy.value(at: state.point, on: pool).total
    }
    state.value = reached
  }

  /// What cannot raise the energy.
  private var safe: BlockDescent {
    get throws(SolverError) {
      func solver(_ backtracks: Bool) throws(SolverError) -> any BlockSolver {
        backtracks ? try Backtracking() : ProximalGradient.once
      }
      let isRough = energy.penaltyWithoutLipschitz != nil
      return try BlockDescent(
        energy, free: free, variableSolver: try solver(isRough),
        parameterSolver: try solver(isRough || energy.network.firstCurvedLayer != nil),
        anchorTau: anchorTau)
    }
  }

  private func moves<S: TensorScalar>(
    _ state: inout BlockDescentState<S>, on pool: WorkerPool
  ) throws(SolverError) {
    try sweepVariables(&state, on: pool)
    if free.contains(.parameters) { try moveParameters(&state, on: pool) }
  }
}

extension BlockDescent {
  /// How far each free block is from being stationary: `L ||v - prox(v - grad H / L)||` over the square
  /// root of the samples, variables first. All zero at a point where no block can improve.
  public func stationarity<S: TensorScalar>(
    _ state: inout BlockDescentState<S>, on pool: WorkerPool
  ) -> [Double] {
    let samples = Double(max(state.point.x[0].rows, 1))
    var measures: [Double] = []
    for l in variables where l < energy.network.depth {
      var visit = state.visit(variable: l)
      visit.boundMapAbove(energy.network, at: state.point, on: pool)
      let block = VariableBlock(
        l, energy, state.point, squaredNorm: visit.squaredNorm, on: pool)
      let measure = block.stationarity(at: visit.value)
      measures.append((measure * measure / samples).squareRoot())
      state.end(variable: visit)
    }
    guard free.contains(.parameters) else { return measures }
    for l in 1...energy.network.depth where energy.network.layers[l - 1].isTrainable {
      var visit = state.visit(parametersOf: l)
      let block = parameterBlock(&visit, state, on: pool)
      measures.append(block.stationarity(at: visit.value))
      state.end(parameters: visit)
    }
    return measures
  }
}
