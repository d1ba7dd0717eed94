import Lifted
import Tensors

/// `rule: jointSweeps`, lifting: accelerated sweeps over the unknown and all layers' variables. See
/// `DeepInversion`.
struct JointSweepsRule: InversionRule {
  static let word = "jointSweeps"
  let iterations: Int
  let sweep: Sweep
  let isAccelerated: Bool
  let growth: Double
  let forwardRestart: Int?

  private static let usual = (iterations: 200, growth: 4.0)

  init(_ reader: inout StrictReader) throws {
    iterations = try reader.optional("iterations") ?? Self.usual.iterations
    try reader.require(iterations, in: 1...10_000_000, "iterations")
    sweep = try reader.choice("sweep") ?? .backward
    isAccelerated = try reader.optional("accelerated") ?? true
    growth = try reader.optional("growth") ?? Self.usual.growth
    try reader.requirePositive(growth, "growth")
    forwardRestart = try reader.optional("forwardRestart")
    try reader.require(forwardRestart, in: 1...10_000_000, "forwardRestart")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(iterations, "iterations")
    try writer.write(sweep, "sweep")
    try writer.write(isAccelerated, "accelerated")
    try writer.write(growth, "growth")
    if let forwardRestart { try writer.write(forwardRestart, "forwardRestart") }
  }

  func solve(
    _ problem: InversionProblem, on pool: WorkerPool, observe: InversionObserver
  ) throws -> InversionAnswer {
    let inversion = try DeepInversion(
      problem.network, problem.parameters, inputPenalty: try problem.deepPenalty,
      weights: .growing(by: growth), sweep: sweep, isAccelerated: isAccelerated,
      forwardRestart: forwardRestart, on: pool)
    return try problem.answer(by: inversion, iterations: iterations, on: pool, observe: observe)
  }
}
