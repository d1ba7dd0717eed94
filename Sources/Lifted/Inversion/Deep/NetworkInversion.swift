import Tensors

/// A way to find the input of a network from its output: an immutable description, a state to step, and a
/// ``ForwardObjective`` that judges every way alike.
public protocol NetworkInversion<S>: Sendable {
  /// The numbers it works in.
  associatedtype S
  /// Where it is.
  associatedtype State: NetworkInversionState<S>

  /// What an input is judged by.
  var objective: ForwardObjective<S> { get }
  /// Steps between judgements, at least 1; a judgement costs a forward pass.
  var judgementInterval: Int { get }

  /// The state at inputs `u` for measurements `f`, one in each row.
  /// - Throws: ``SolverError`` for shapes that do not fit the network, numbers that are not finite, or
  ///   measurements that the head cannot give.
  func start(
    from u: Tensor<S>, measured f: Tensor<S>, on pool: WorkerPool
  ) throws(SolverError) -> State

  /// One iteration, not judged.
  func step(_ state: inout State, on pool: WorkerPool) throws(SolverError)

  /// The same with another `alpha` of the input's penalty.
  /// - Throws: ``SolverError`` without a penalty, or for an `alpha` that is not positive.
  func with(alpha: Double) throws(SolverError) -> Self

  /// How far the variables are from the network, `||x_l - sigma_l(A_l x_{l-1} + b_l)||` in the root mean
  /// square, for each layer; zeros where there are none but the input.
  func consistencyGaps(_ state: State, on pool: WorkerPool) -> [Double]
}

/// Where a ``NetworkInversion`` is.
public protocol NetworkInversionState<S>: Sendable {
  /// The numbers it works in.
  associatedtype S: TensorScalar
  /// The best inputs so far, and how it came to them.
  var best: BestInputs<S> { get set }
  /// The inputs as they are now.
  var input: Tensor<S> { get }
}

extension NetworkInversion {
  /// The state at a kind of start.
  /// - Throws: ``SolverError``.
  public func start(
    from start: InversionStart<S>, measured f: Tensor<S>, on pool: WorkerPool
  ) throws(SolverError) -> State {
    try self.start(
      from: try start.inputs(objective, measured: f, on: pool), measured: f, on: pool)
  }

  /// One iteration and, where one is due, a judgement. Returns why to stop, `nil` to go on; rows that have
  /// come to their own end keep what they have, whatever the others still do.
  /// - Parameters:
  ///   - state: where to go on from.
  ///   - rule: iterations and gradient evaluations are steps; tolerance compares a row's judgements that
  ///     follow each other, patience counts iterations since its best, growth is that of its objective.
  ///   - seconds: seconds since the start, for the rule's limit.
  ///   - pool: the threads.
  /// - Throws: ``SolverError``.
  public func advance(
    _ state: inout State, by rule: StopRule, seconds: Double = 0, on pool: WorkerPool
  ) throws(SolverError) -> StopReason? {
    try step(&state, on: pool)
    state.best.iterations += 1
    let limit = state.best.limit(of: rule, seconds: seconds)
    if limit != nil || state.best.iterations.isMultiple(of: judgementInterval) {
      state.best.judge(state.input, objective, by: rule, on: pool)
    }
    return state.best.end ?? limit
  }

  /// Steps until a rule ends it. Seconds are not looked at: see ``advance(_:by:seconds:on:)``.
  /// - Throws: ``SolverError``.
  public func run(
    _ state: inout State, until rule: StopRule, on pool: WorkerPool
  ) throws(SolverError) -> NetworkInversionResult<S> {
    while true {
      if let reason = try advance(&state, by: rule, on: pool) {
        return result(state, reason, on: pool)
      }
    }
  }

  /// What has been found, judged by a forward pass.
  public func result(
    _ state: State, _ reason: StopReason, on pool: WorkerPool
  ) -> NetworkInversionResult<S> {
    NetworkInversionResult(
      state.best, objective, reason, gaps: consistencyGaps(state, on: pool), on: pool)
  }
}
