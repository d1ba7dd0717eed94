import Proximal
import Tensors

/// A solver and when it ends, for the inversion of one layer.
///
///     let inversion = StableInversion(try PrimalDual(), until: try InversionStopRule())
///     let result = try inversion.solve(problem, on: pool)
///
/// All measurements of a batch go through the iterations together; each has its own end and keeps its
/// unknown of then, so that a row does not depend on the others.
public struct StableInversion: Sendable {
  /// What minimises.
  public let solver: any InversionSolver
  /// When it ends.
  public let rule: InversionStopRule

  /// An inversion by a solver, until a rule ends it.
  public init(_ solver: any InversionSolver, until rule: InversionStopRule) {
    (self.solver, self.rule) = (solver, rule)
  }

  /// The unknowns.
  /// - Parameters:
  ///   - problem: the layer, the measurements and `alpha J`.
  ///   - start: the first guess, one in each row; by default zero.
  ///   - pool: shares the work.
  ///   - observe: is shown the newest record of each row at every look; a row that has ended keeps its last.
  /// - Throws: ``SolverError`` for a problem that the solver refuses or a start that does not fit.
  public func solve<S: TensorScalar>(
    _ problem: LayerInversion<S>, from start: Tensor<S>? = nil, on pool: WorkerPool,
    observe: ([InversionRecord]) -> Void = { _ in }
  ) throws(SolverError) -> InversionResult<S> {
    try solver.check(problem)
    let u = start ?? Tensor(shape: [problem.rows, problem.inputs])
    guard u.shape == [problem.rows, problem.inputs] else {
      throw .shape(
        .mismatch(what: "start", expected: [problem.rows, problem.inputs], found: u.shape))
    }
    var state = solver.start(problem, from: u, on: pool)
    return run(&state, problem, on: pool, observe: observe)
  }

  /// Goes on from a state, which is left where the last row ended: a warm start for another `alpha`.
  public func run<S: TensorScalar>(
    _ state: inout InversionState<S>, _ problem: LayerInversion<S>, on pool: WorkerPool,
    observe: ([InversionRecord]) -> Void = { _ in }
  ) -> InversionResult<S> {
    var watches = (0..<problem.rows).map { _ in InversionWatch() }
    var best = state.u
    var seen = state.u
    let first = state.iterations
    while true {
      let done = state.iterations - first
      let values = problem.values(at: state.u, preactivation: state.z, on: pool)
      let gaps =
        solver.minimises ? problem.gaps(at: state, decisive: rule.gap > 0, on: pool) : nil
      for row in watches.indices where watches[row].stop == nil {
        let record = InversionRecord(
          iteration: done, objective: values[row].objective, fidelity: values[row].fidelity,
          change: done == 0 ? 0 : state.u.relativeChange(of: row, from: seen), gap: gaps?[row])
        watches[row].observe(record, values[row], by: rule)
        best.copyRow(row, from: state.u)
      }
      observe(watches.compactMap(\.newest))
      guard watches.contains(where: { $0.stop == nil }) else { break }
      seen = state.u
      for _ in 0..<min(rule.stride, rule.maximumIterations - done) {
        solver.step(&state, problem, on: pool)
      }
    }
    let reports = watches.map { $0.report(alpha: problem.alpha) }
    return InversionResult(unknowns: best, reports: reports, scale: problem.scale)
  }
}

/// What is remembered of one row.
private struct InversionWatch {
  private(set) var stop: InversionStop?
  private var history: [InversionRecord] = []
  private var value = InversionValue(fidelity: .nan, penalty: .nan, scale: 1)
  private var calm = 0
  var newest: InversionRecord? { history.last }

  mutating func observe(
    _ record: InversionRecord, _ value: InversionValue, by rule: InversionStopRule
  ) {
    let last = history.last?.objective
    history.append(record)
    self.value = value
    stop = reason(record, last, rule)
  }

  private mutating func reason(
    _ record: InversionRecord, _ last: Double?, _ rule: InversionStopRule
  ) -> InversionStop? {
    guard record.objective.isFinite, record.change.isFinite else { return .notFinite }
    if let level = rule.fidelity, record.fidelity <= level { return .fidelity }
    if let gap = record.gap, rule.gap > 0, gap <= rule.gap * abs(record.objective) { return .gap }
    if let last {
      let isCalm = abs(record.objective - last) <= rule.tolerance * abs(record.objective)
      calm = isCalm ? calm + 1 : 0
      if rule.tolerance > 0, calm >= 2 { return .tolerance }
      if rule.change > 0, record.change <= rule.change { return .change }
    }
    return record.iteration >= rule.maximumIterations ? .maximumIterations : nil
  }

  func report(alpha: Double) -> InversionReport {
    InversionReport(
      alpha: alpha, value: value, gap: history.last?.gap,
      iterations: history.last?.iteration ?? 0, stop: stop ?? .maximumIterations, history: history)
  }
}

extension Tensor {
  /// `||row - row of other|| / ||row||`; 0 for two rows of zeros.
  fileprivate func relativeChange(of row: Int, from other: Tensor) -> Double {
    let width = columns
    let difference = rows(row..<(row + 1)).scalars
    return other.withPointer { y in
      var (moved, norm) = (0.0, 0.0)
      for i in 0..<width {
        let (x, d) = (Double(difference[i]), Double(difference[i] - y[row * width + i]))
        (moved, norm) = (moved + d * d, norm + x * x)
      }
      return norm > 0 ? (moved / norm).squareRoot() : moved > 0 ? 1 : moved
    }
  }

  /// Overwrites a row by that of another tensor of the same shape.
  mutating func copyRow(_ row: Int, from other: Tensor) {
    let width = columns
    withMutablePointer { x in
      other.withPointer { (x + row * width).update(from: $0 + row * width, count: width) }
    }
  }

  /// Overwrites a row by a matrix of one row.
  mutating func put(_ other: Tensor, atRow row: Int) {
    let width = columns
    withMutablePointer { x in
      other.withPointer { (x + row * width).update(from: $0, count: width) }
    }
  }
}
