import Lifted
import Tensors

/// `rule: backPropagation`, the baseline: Adam on the unknown along the gradient that is propagated back. See
/// `SweepInversion`.
struct BackPropagationRule: InversionRule {
  static let word = "backPropagation"
  let iterations: Int
  let stepSize: Double

  init(_ reader: inout StrictReader) throws {
    iterations = try reader.optional("iterations") ?? 200
    try reader.require(iterations, in: 1...10_000_000, "iterations")
    stepSize = try reader.optional("stepSize") ?? 0.003
    let rule = self
    _ = try reader.checked("stepSize") { try Adam(stepSize: rule.stepSize) }
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(iterations, "iterations")
    try writer.write(stepSize, "stepSize")
  }

  func solve(
    _ problem: InversionProblem, on pool: WorkerPool, observe: InversionObserver
  ) throws -> InversionAnswer {
    let inversion = try SweepInversion(
      problem.network, problem.parameters, inputPenalty: try problem.deepPenalty,
      signal: BackPropagation(), step: .adam(try Adam(stepSize: stepSize)))
    return try problem.answer(by: inversion, iterations: iterations, on: pool, observe: observe)
  }
}
