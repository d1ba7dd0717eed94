import Lifted
import Proximal
import Tensors

/// A rule for networks of one layer, where the inversion is a convex problem.
protocol SingleLayerRule: InversionRule {
  var iteration: LayerIteration { get }
  func solver() throws(SolverError) -> any InversionSolver
}

extension SingleLayerRule {
  func solve(
    _ problem: InversionProblem, on pool: WorkerPool, observe: InversionObserver
  ) throws -> InversionAnswer {
    let solve = try LayerSolve(iteration, try solver(), problem, on: pool)
    return try solve.answer(on: pool, observe: observe)
  }
}

/// The inversion of one layer from prepared measurements to polished unknowns.
private struct LayerSolve {
  private let problem: InversionProblem
  private let iteration: LayerIteration
  private let solver: any InversionSolver
  private let prepared: PreparedMeasurements<Float>
  private let layer: LayerInversion<Float>

  init(
    _ iteration: LayerIteration, _ solver: any InversionSolver, _ problem: InversionProblem,
    on pool: WorkerPool
  ) throws {
    guard problem.network.depth == 1 else {
      throw SolverError.unsuitable(
        "this rule is for a single layer, and the network has \(problem.network.depth); take sweep or jointSweeps"
      )
    }
    (self.problem, self.iteration, self.solver) = (problem, iteration, solver)
    let layer = problem.network.layers[0]
    // The level of one measurement stands for all: they are of one instrument.
    let deviation = problem.deviations.max() ?? 0
    prepared = try MeasurementPreparation(
      noise: deviation > 0 ? deviation : nil, deviations: iteration.threshold
    ).prepare(problem.measurements, for: layer.activation)
    self.layer = try LayerInversion(
      layer, theta: problem.parameters.layers[0], measurements: prepared.measurements,
      InputPenalty(alpha: problem.recipe.alpha.start, problem.prior), on: pool)
  }

  /// What the method finds. With a fixed `alpha` it is observed on the way, otherwise once it is there.
  func answer(on pool: WorkerPool, observe: InversionObserver) throws -> InversionAnswer {
    let found = try found(on: pool, observe: observe)
    var (unknowns, polish) = (found.unknowns, [PolishReport]())
    if iteration.polish, problem.prior is any TiedRegulariser, solver.minimises {
      let polished = try LeastSquaresPolish().polish(unknowns, of: layer, on: pool)
      (unknowns, polish) = (polished.unknowns, polished.reports)
    }
    var answer = try InversionAnswer(unknowns, of: problem, on: pool)
    for (row, report) in found.reports.enumerated() {
      answer.rows[row].alpha = report.alpha
      // Of the prepared measurements: those that were taken may lie outside the range.
      answer.rows[row].fidelity = layer.scale * report.fidelity
      answer.rows[row].gap = report.gap
      answer.rows[row].iterations = report.iterations
      answer.rows[row].stop = report.stop.description
      answer.rows[row].choice = found.choices?[row].outcome.description
      if !polish.isEmpty, polish[row].isAccepted {
        answer.rows[row].psnrBeforePolish = problem.psnr(of: found.unknowns, row: row)
        answer.rows[row].isPolished = true
      }
    }
    answer.history = means(found.reports)
    if !isObserved { answer.history.forEach(observe) }
    answer.notes = notes(polish)
    return answer
  }

  /// What a solver has found, before the polish.
  private struct Found {
    var unknowns: Tensor<Float>
    var reports: [InversionReport]
    var choices: [AlphaChoice]?

    init(
      _ unknowns: Tensor<Float>, _ reports: [InversionReport], _ choices: [AlphaChoice]? = nil
    ) {
      (self.unknowns, self.reports, self.choices) = (unknowns, reports, choices)
    }

    init(_ result: InversionResult<Float>) { self.init(result.unknowns, result.reports) }
  }

  /// Whether one solve is all there is to observe.
  private var isObserved: Bool {
    if case .fixed = problem.recipe.alpha { solver.minimises } else { false }
  }

  private func found(on pool: WorkerPool, observe: InversionObserver) throws -> Found {
    guard solver.minimises else { return try stopped(on: pool) }
    let solve = StableInversion(solver, until: try iteration.rule(fidelity: nil))
    let choice: ParameterChoice
    switch problem.recipe.alpha {
    case .fixed:
      let result = try solve.solve(layer, from: problem.start, on: pool) { records in
        observe(look(records))
      }
      return Found(result)
    case .discrepancy(let tau):
      choice = .discrepancy(try DiscrepancyPrinciple(tau: tau), deltaSquared: explained)
    case .lCurve(let grid): choice = .lCurve(try grid.alphas)
    case .oracle(let grid):
      guard let truth = problem.truth else {
        throw SolverError.unsuitable("an oracle needs the truth; give it, or take alpha: auto")
      }
      return Found(try solve.oracle(layer, along: try grid.alphas, truth: truth, on: pool))
    }
    let chosen = try solve.solve(layer, choosing: choice, on: pool)
    return Found(chosen.result.unknowns, chosen.result.reports, chosen.choices)
  }

  /// What the noise explains of each measurement's fidelity.
  private var explained: [Double] {
    problem.deviations.enumerated().map { row, deviation in
      layer.rows(row..<(row + 1)).noiseFidelity(deviation)[0]
    }
  }

  /// Iterations that regularise by ending early: each measurement ends where the noise explains what is left.
  private func stopped(on pool: WorkerPool) throws -> Found {
    var (rows, reports): ([Float], [InversionReport]) = ([], [])
    for (row, fidelity) in explained.enumerated() {
      let rule = try iteration.rule(fidelity: fidelity > 0 ? fidelity : nil)
      let one = try StableInversion(solver, until: rule).solve(
        layer.rows(row..<(row + 1)), from: problem.start?.rows(row..<(row + 1)), on: pool)
      rows += one.unknowns.scalars
      reports += one.reports
    }
    let shape = [reports.count, problem.network.inputs]
    return Found(try Tensor(shape: shape, scalars: rows), reports)
  }

  private func means(_ reports: [InversionReport]) -> [InversionAnswer.Look] {
    let longest = reports.max { $0.history.count < $1.history.count }?.history ?? []
    return longest.indices.map { number in
      look(reports.map { $0.history[min(number, $0.history.count - 1)] })
    }
  }

  /// Means over the rows' records.
  private func look(_ records: [InversionRecord]) -> InversionAnswer.Look {
    let count = Double(records.count)
    return InversionAnswer.Look(
      iteration: records.map(\.iteration).max() ?? 0,
      objective: records.reduce(0) { $0 + $1.objective } / count,
      fidelity: records.reduce(0) { $0 + $1.fidelity } / count * layer.scale)
  }

  private func notes(_ polish: [PolishReport]) -> [String] {
    var notes = [
      "The fidelity is the mean over \(problem.network.outputs) outputs: the same as dividing weights, "
        + "offsets and measurements of a rectifier by \(FigureText.number(Double(problem.network.outputs).squareRoot()))."
    ]
    notes += prepared.notes
    if !polish.isEmpty {
      let accepted = polish.count { $0.isAccepted }
      notes.append(
        "The least-squares polish was kept for \(accepted) of \(polish.count) measurements, by its error "
          + "on numbers that it was not shown.")
    }
    return notes
  }
}

extension PreparedMeasurements {
  /// What to say of numbers that were changed.
  var notes: [String] {
    let counts = (clipped: clipped.reduce(0, +), zeroed: zeroed.reduce(0, +))
    let total = FigureText.count(measurements.count)
    var notes: [String] = []
    if counts.clipped > 0 {
      notes.append(
        "\(counts.clipped) of \(total) numbers measured outside the range of the activation were moved into it."
      )
    }
    if counts.zeroed > 0 {
      notes.append(
        "\(counts.zeroed) of \(total) numbers so small that noise may have made them were set to zero."
      )
    }
    return notes
  }
}
