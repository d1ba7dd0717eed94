import Proximal
import Tensors

extension StableInversion {
  /// The answers at all weights of a grid, each started from the state of the one before. Cost: a solve each.
  /// - Throws: ``SolverError`` for a problem that the solver refuses.
  public func path<S: TensorScalar>(
    _ problem: LayerInversion<S>, along grid: AlphaGrid, on pool: WorkerPool
  ) throws(SolverError) -> [InversionResult<S>] {
    try solver.check(problem)
    var state: InversionState<S>?
    var results: [InversionResult<S>] = []
    for alpha in grid.alphas {
      let problem = try problem.with(alpha: alpha)
      var carried =
        state
        ?? solver.start(
          problem, from: Tensor(shape: [problem.rows, problem.inputs]), on: pool)
      results.append(run(&carried, problem, on: pool))
      // A state that has diverged is no start for the next.
      state = carried.isFinite ? carried : nil
    }
    return results
  }

  /// The answer of a path that is nearest to the truth in the mean square, for each row: for studies only, since
  /// it needs the truth. Cost: a path.
  /// - Throws: ``SolverError`` for a problem that the solver refuses or a truth that does not fit.
  public func oracle<S: TensorScalar>(
    _ problem: LayerInversion<S>, along grid: AlphaGrid, truth: Tensor<S>, on pool: WorkerPool
  ) throws(SolverError) -> InversionResult<S> {
    let expected = [problem.rows, problem.inputs]
    guard truth.shape == expected else {
      throw .shape(.mismatch(what: "truth", expected: expected, found: truth.shape))
    }
    let path = try path(problem, along: grid, on: pool)
    return path.selecting { row in
      let errors = path.map { result in
        let d = sum(1, result.unknowns, -1, truth)
        return d.dotOfRow(row, d)
      }
      return errors.indices.min { errors[$0] < errors[$1] } ?? 0
    }
  }
}

extension Array {
  /// One result with each row from the place that `choice` names.
  func selecting<S: TensorScalar>(_ choice: (Int) -> Int) -> InversionResult<S>
  where Element == InversionResult<S> {
    var result = self[0]
    for row in result.reports.indices {
      let chosen = self[choice(row)]
      result.unknowns.copyRow(row, from: chosen.unknowns)
      result.reports[row] = chosen.reports[row]
    }
    return result
  }
}
