import Lifted
import Tensors

extension InversionProblem {
  /// `alpha J` beside a fidelity that is the sum over outputs, not their mean.
  /// - Throws: ``RecipeError`` where `alpha` is to be found in a way that only single layers have.
  var deepPenalty: InputPenalty {
    get throws {
      guard case .fixed(let alpha) = recipe.alpha else {
        throw RecipeError(
          source: recipe.name, key: "alpha",
          problem: "for a network of several layers give a number; the rules that find it are for one layer")
      }
      return try InputPenalty(alpha: alpha * Double(network.outputs), regulariser)
    }
  }

  /// The answer of a method for networks.
  func answer<Method: NetworkInversion>(
    by inversion: Method, iterations: Int, on pool: WorkerPool, observe: InversionObserver
  ) throws -> InversionAnswer where Method.S == Float, Method.State.S == Float {
    let first = start ?? Tensor(shape: [measurements.rows, network.inputs])
    var state = try inversion.start(from: first, measured: measurements, on: pool)
    let rule = try StopRule(maximumIterations: iterations)
    var reason: StopReason?
    while reason == nil {
      reason = try inversion.advance(&state, by: rule, on: pool)
      if let look = state.record.history.last { observe(look.perOutput(of: network)) }
    }
    let result = inversion.result(state, reason ?? .maximumIterations, on: pool)
    var answer = InversionAnswer(result.u, of: self, on: pool)
    for row in answer.rows.indices {
      answer.rows[row].iterations = result.iterations
      answer.rows[row].stop = result.reason.description
    }
    answer.history = result.history.map { $0.perOutput(of: network) }
    answer.notes = result.warnings.map(\.description)
    return answer
  }
}

extension SearchRecord<Float>.Judgement {
  /// The judgement with a fidelity that is the mean over outputs.
  fileprivate func perOutput(of network: Network) -> InversionAnswer.Look {
    let scale = 1 / Double(network.outputs)
    return InversionAnswer.Look(
      iteration: iteration, objective: objective * scale, fidelity: residual * scale)
  }
}
