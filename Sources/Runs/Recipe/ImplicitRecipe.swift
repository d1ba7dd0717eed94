import Lifted

/// `kind: implicitStochasticGradient`: `J` rounds on each batch. See `ImplicitStochasticGradient`.
struct ImplicitRecipe: MethodKind {
  static let word = "implicitStochasticGradient"

  /// `tau > 0`.
  let tau: Double
  /// `J`, at least 1.
  let rounds: Int
  /// The order of the variables.
  let sweep: Sweep
  /// The weight of the loss.
  let lossWeight: Double

  var summary: String { "implicit stochastic gradient, J = \(rounds), tau = \(tau)" }

  init(_ reader: inout StrictReader) throws {
    tau = try reader.required("tau")
    rounds = try reader.optional("rounds") ?? 5
    try reader.require(rounds, in: 1...10_000, "rounds")
    sweep = try reader.choice("sweep") ?? .backward
    lossWeight = try reader.optional("lossWeight") ?? 1
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(tau, "tau")
    try writer.write(rounds, "rounds")
    try writer.write(sweep, "sweep")
    try writer.write(lossWeight, "lossWeight")
  }

  func make(
    _ weightPenalty: WeightPenalty, calibrated beta: Double?
  ) throws(SolverError) -> any MinibatchMethod {
    try ImplicitStochasticGradient(
      tau: tau, rounds: rounds, sweep: sweep, lossWeight: lossWeight, weightPenalty: weightPenalty)
  }
}
