import Proximal
import Tensors

/// How `alpha` is chosen.
public enum ParameterChoice: Sendable, Equatable {
  /// The problem's own.
  case fixed
  /// By the noise: `deltaSquared` is one number for each measurement, see ``LayerInversion/noiseFidelity(_:)``.
  case discrepancy(DiscrepancyPrinciple, deltaSquared: [Double])
  /// By the corner of the L-curve over a grid.
  case lCurve(AlphaGrid)
}

/// How `alpha` was chosen for one measurement.
public struct AlphaChoice: Sendable, Equatable {
  /// How it went.
  public let outcome: ChoiceOutcome
  /// `delta^2`, where it was asked for.
  public let deltaSquared: Double?
  /// What was tried, in order.
  public let trials: [AlphaTrial]
}

/// The unknowns of a batch with the `alpha` chosen for each; the chosen one is in the row's report.
public struct ChosenInversion<S: TensorScalar>: Sendable {
  /// Unknowns and reports.
  public internal(set) var result: InversionResult<S>
  /// One for each row.
  public internal(set) var choices: [AlphaChoice]
}

extension StableInversion {
  /// The unknowns, `alpha` chosen for each measurement by itself.
  /// - Throws: ``SolverError`` for a problem that the solver refuses, or a wrong number of `deltaSquared`.
  public func solve<S: TensorScalar>(
    _ problem: LayerInversion<S>, choosing choice: ParameterChoice, on pool: WorkerPool
  ) throws(SolverError) -> ChosenInversion<S> {
    switch choice {
    case .fixed:
      let result = try solve(problem, on: pool)
      let choices = result.reports.map {
        AlphaChoice(outcome: .given, deltaSquared: nil, trials: [AlphaTrial($0)])
      }
      return ChosenInversion(result: result, choices: choices)
    case .discrepancy(let principle, let deltaSquared):
      return try solve(problem, by: principle, deltaSquared, on: pool)
    case .lCurve(let grid):
      return try solve(problem, along: grid, on: pool)
    }
  }

  private func solve<S: TensorScalar>(
    _ problem: LayerInversion<S>, by principle: DiscrepancyPrinciple, _ deltaSquared: [Double],
    on pool: WorkerPool
  ) throws(SolverError) -> ChosenInversion<S> {
    try solver.check(problem)
    guard deltaSquared.count == problem.rows,
      deltaSquared.allSatisfy({ $0 > 0 && $0.isFinite })
    else {
      throw .unsuitable(
        "the discrepancy principle needs one deltaSquared, greater than 0, for each of "
          + "\(problem.rows) measurements; is the noise level 0?")
    }
    var unknowns = Tensor<S>(shape: [problem.rows, problem.inputs])
    var (reports, choices): ([InversionReport], [AlphaChoice]) = ([], [])
    for row in 0..<problem.rows {
      let one = try solve(
        problem.rows(row..<(row + 1)), by: principle, deltaSquared: deltaSquared[row], on: pool)
      unknowns.put(one.result.unknowns, atRow: row)
      reports += one.result.reports
      choices.append(one.choice)
    }
    let result = InversionResult(unknowns: unknowns, reports: reports, scale: problem.scale)
    return ChosenInversion(result: result, choices: choices)
  }

  private func solve<S: TensorScalar>(
    _ problem: LayerInversion<S>, along grid: AlphaGrid, on pool: WorkerPool
  ) throws(SolverError) -> ChosenInversion<S> {
    let path = try path(problem, along: grid, on: pool)
    let trials = (0..<problem.rows).map { row in path.map { AlphaTrial($0.reports[row]) } }
    let corners = trials.map { LCurve($0).corner }
    let result = path.selecting { corners[$0] ?? path.count / 2 }
    let choices = zip(corners, trials).map {
      AlphaChoice(outcome: $0 == nil ? .noCorner : .corner, deltaSquared: nil, trials: $1)
    }
    return ChosenInversion(result: result, choices: choices)
  }
}
