import Proximal
import Tensors

/// The cross-validation of a ``LeastSquaresPolish``.
struct PolishValidation {
  let polish: LeastSquaresPolish
  let j: any TiedRegulariser
  let inversion: StableInversion
  let pool: WorkerPool

  /// The polished answer of one row, if it is one, and the report.
  func search<S: TensorScalar>(
    _ problem: LayerInversion<S>, _ answer: Tensor<S>, _ activation: some SeparableActivation
  ) throws(SolverError) -> (u: Tensor<S>?, report: PolishReport) {
    var table = Table(polish)
    for fold in 0..<polish.folds {
      try validate(fold, problem, answer, activation, &table)
    }
    let best = table.best
    let tolerance = polish.tolerances[best.tolerance]
    let fit = fit(problem, answer, tolerance, without: [], activation)
    let count = fit.model.active.count
    let isFit = fit.groups.count > 0 && fit.groups.count < count
    let isAccepted = isFit && best.error < table.before
    let report = PolishReport(
      isAccepted: isAccepted, groups: isFit ? fit.groups.count : 0, measurements: count,
      steps: best.step + 1, tolerance: tolerance, errorBefore: table.before,
      errorAfter: best.error)
    return (isAccepted ? fit.fit(answer, steps: best.step + 1) : nil, report)
  }

  /// One fold: the inversion without it, and every tolerance and step on it.
  private func validate<S: TensorScalar>(
    _ fold: Int, _ problem: LayerInversion<S>, _ answer: Tensor<S>,
    _ activation: some SeparableActivation, _ table: inout Table
  ) throws(SolverError) {
    let withheld = Array(stride(from: fold, to: problem.measurements.columns, by: 5))
    let u = try inversion.solve(problem.withholding(withheld), from: answer, on: pool).unknowns
    let share = 1 / Double(withheld.count * polish.folds)
    func error(_ u: Tensor<S>) -> Double {
      let z = problem.preactivation(at: u, on: pool).scalars
      return share
        * withheld.reduce(0) {
          $0 + Double(activation.bregman(problem.measurements.scalars[$1], z[$1]))
        }
    }
    table.before += error(u)
    for (place, tolerance) in polish.tolerances.enumerated() {
      let fit = fit(problem, u, tolerance, without: withheld, activation)
      guard fit.groups.count > 0, fit.groups.count < fit.model.active.count else {
        table.forget(place)
        continue
      }
      _ = fit.fit(u, steps: polish.steps) { table.errors[place][$0] += error($1) }
    }
  }

  private func fit<S: TensorScalar>(
    _ problem: LayerInversion<S>, _ u: Tensor<S>, _ tolerance: Double, without withheld: [Int],
    _ activation: some SeparableActivation
  ) -> TiedFit<S> {
    let range = Double((u.scalars.max() ?? 0) - (u.scalars.min() ?? 0))
    let x = problem.output(at: u, on: pool).scalars
    let model = QuadraticModel(
      problem.measurements.scalars, beside: x, without: withheld, activation)
    let groups = Groups(of: u, by: j, tolerance: tolerance * range)
    return TiedFit(problem: problem, model: model, groups: groups, pool: pool)
  }

  /// The mean error on what was withheld, before, and after each step under each tolerance.
  private struct Table {
    var before = 0.0
    var errors: [[Double]]

    init(_ polish: LeastSquaresPolish) {
      errors = polish.tolerances.map { _ in Array(repeating: 0, count: polish.steps) }
    }

    /// A tolerance that leaves more groups than measurements is none.
    mutating func forget(_ tolerance: Int) {
      errors[tolerance] = errors[tolerance].map { _ in .infinity }
    }

    var best: (tolerance: Int, step: Int, error: Double) {
      var best = (tolerance: 0, step: 0, error: Double.infinity)
      for (tolerance, errors) in errors.enumerated() {
        for (step, error) in errors.enumerated() where error < best.error {
          best = (tolerance, step, error)
        }
      }
      return best
    }
  }
}
