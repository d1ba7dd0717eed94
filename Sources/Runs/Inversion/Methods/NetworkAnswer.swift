import Lifted
import Tensors

extension InversionProblem {
  /// `alpha J` beside a fidelity that is the sum over outputs, not their mean.
  var deepPenalty: InputPenalty {
    get throws {
      try InputPenalty(alpha: recipe.alpha.start * Double(network.outputs), prior)
    }
  }

  private var first: Tensor<Float> {
    start ?? Tensor(shape: [measurements.rows, network.inputs])
  }

  /// The measurements inside the closed range of the head, and what to say of those that were not.
  private var prepared: (measurements: Tensor<Float>, notes: [String]) {
    get throws {
      let head = network.layers[network.depth - 1].activation
      let prepared = try MeasurementPreparation().prepare(measurements, for: head)
      return (prepared.measurements, prepared.notes)
    }
  }

  /// The answer of a method for networks, `alpha` as the recipe says.
  func answer<Method: NetworkInversion>(
    by inversion: Method, iterations: Int, on pool: WorkerPool, observe: InversionObserver
  ) throws -> InversionAnswer where Method.S == Float {
    let rule = try StopRule(maximumIterations: iterations)
    switch recipe.alpha {
    case .fixed: return try fixed(by: inversion, until: rule, on: pool, observe: observe)
    case .discrepancy(let tau):
      return try chosen(by: inversion, tau: tau, until: rule, on: pool)
    case .lCurve, .oracle:
      throw RecipeError(
        source: recipe.name, key: "alpha",
        problem: "this rule is for a single layer; give a number, or auto with the noise")
    }
  }

  private func fixed<Method: NetworkInversion>(
    by inversion: Method, until rule: StopRule, on pool: WorkerPool, observe: InversionObserver
  ) throws -> InversionAnswer where Method.S == Float {
    let (measurements, notes) = try prepared
    var state = try inversion.start(from: first, measured: measurements, on: pool)
    var (reason, looks): (StopReason?, Int) = (nil, 0)
    while reason == nil {
      reason = try inversion.advance(&state, by: rule, on: pool)
      let history = state.best.history
      if history.count > looks, let look = history.last {
        looks = history.count
        observe(look.perOutput(of: network))
      }
    }
    let result = inversion.result(state, reason ?? .maximumIterations, on: pool)
    var answer = try InversionAnswer(result.u, of: self, on: pool)
    for row in answer.rows.indices {
      answer.rows[row].iterations = result.iterations
      answer.rows[row].stop = result.reason.description
    }
    answer.history = result.history.map { $0.perOutput(of: network) }
    answer.notes = notes + result.warnings.map { "\($0.description)." }
    return answer
  }

  /// The answer with the `alpha` at which the residual is the noise's, for each row; `1/2 s^2` an output is that
  /// of an identity head.
  private func chosen<Method: NetworkInversion>(
    by inversion: Method, tau: Double, until rule: StopRule, on pool: WorkerPool
  ) throws -> InversionAnswer where Method.S == Float {
    let scale = Double(network.outputs)
    let (measurements, notes) = try prepared
    let principle = try DeepDiscrepancy(from: scale, to: 1e-6 * scale, count: 13, tau: tau)
    let found = try principle.solve(
      inversion, from: .given(first), measured: measurements,
      deltaSquared: deviations.map { $0 * $0 * scale / 2 }, until: rule, on: pool)
    var answer = try InversionAnswer(found.u, of: self, on: pool)
    for (row, choice) in found.choices.enumerated() {
      answer.rows[row].alpha = choice.alpha / scale
      answer.rows[row].choice = choice.outcome.description
      answer.rows[row].iterations = rule.maximumIterations
      answer.rows[row].stop = StopReason.maximumIterations.description
    }
    answer.notes = notes
    return answer
  }
}

extension BestInputs<Float>.Judgement {
  /// The judgement with a fidelity that is the mean over outputs.
  fileprivate func perOutput(of network: Network) -> InversionAnswer.Look {
    let scale = 1 / Double(network.outputs)
    return InversionAnswer.Look(
      iteration: iteration, objective: objective * scale, fidelity: residual * scale)
  }
}
