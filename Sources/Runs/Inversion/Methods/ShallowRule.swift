import Lifted
import Proximal
import Tensors

/// `rule: coordinateDescent`, for shallow networks of one number: closed forms, one coordinate at a time. See
/// `ShallowNetwork`.
struct ShallowRule: InversionRule {
  static let word = "coordinateDescent"
  let sweeps: Int
  let tolerance: Double

  init(_ reader: inout StrictReader) throws {
    sweeps = try reader.optional("sweeps") ?? 10_000
    try reader.require(sweeps, in: 1...100_000_000, "sweeps")
    tolerance = try reader.optional("tolerance") ?? 1e-8
    try reader.requirePositive(tolerance, "tolerance")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(sweeps, "sweeps")
    try writer.write(tolerance, "tolerance")
  }

  func solve(
    _ problem: InversionProblem, on pool: WorkerPool, observe: InversionObserver
  ) throws -> InversionAnswer {
    let network = try problem.shallowNetwork
    guard case .fixed(let alpha) = problem.recipe.alpha, problem.recipe.regulariser == .tikhonov
    else {
      throw SolverError.unsuitable(
        "coordinate descent is for regulariser: tikhonov with a number for alpha")
    }
    let inverses = try (0..<problem.measurements.rows).map { row in
      try network.inverse(
        of: Double(problem.measurements[row, 0]), alpha: alpha,
        from: problem.start.map { Double($0[row, 0]) } ?? 0, tolerance: tolerance,
        maximumSweeps: sweeps)
    }
    let unknowns = Tensor<Float>(rows: inverses.map { [Float($0.u)] })
    var answer = try InversionAnswer(unknowns, of: problem, on: pool)
    for (row, inverse) in inverses.enumerated() {
      answer.rows[row].iterations = inverse.sweeps
      answer.rows[row].stop =
        inverse.hasConverged
        ? "the unknown hardly changes any more" : "all sweeps are done; it has not converged"
    }
    let stuck = inverses.count { !$0.hasConverged }
    if stuck > 0 {
      answer.notes.append(
        "\(stuck) of \(inverses.count) measurements had not converged when the sweeps were used up: the "
          + "network is flat there, or its coefficients change sign.")
    }
    let longest = inverses.map(\.objectives.count).max() ?? 0
    answer.history = stride(from: 0, to: longest, by: max(longest / 200, 1)).map { sweep in
      let values = inverses.map { $0.objectives[min(sweep, $0.objectives.count - 1)] }
      return InversionAnswer.Look(
        iteration: sweep, objective: values.reduce(0, +) / Double(values.count), fidelity: .nan)
    }
    return answer
  }
}

extension InversionProblem {
  /// The network as a shallow one of one number.
  fileprivate var shallowNetwork: ShallowNetwork {
    get throws {
      let layers = network.layers
      guard network.depth == 2, network.inputs == 1, network.outputs == 1,
        layers.allSatisfy({ $0.stage is Dense }), layers[1].activation is Identity,
        let activation = layers[0].activation as? any SeparableActivation
      else {
        throw SolverError.unsuitable(
          "coordinate descent is for a network of one number: a dense layer of separable activations, then "
            + "a dense layer with one output; take sweep or jointSweeps")
      }
      guard parameters.layers[1][1].scalars == [0] else {
        throw SolverError.unsuitable("coordinate descent needs a last layer without an offset")
      }
      func numbers(_ tensor: Tensor<Float>) -> [Double] { tensor.scalars.map(Double.init) }
      return try ShallowNetwork(
        c: numbers(parameters.layers[1][0]), w: numbers(parameters.layers[0][0]),
        b: numbers(parameters.layers[0][1]), activation)
    }
  }
}
