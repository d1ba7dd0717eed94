import Lifted
import Tensors

/// `rule: sweep`, lifting with the hidden variables on the network at each iteration: a forward pass, one sweep
/// back by a lifted signal, a step on the unknown. See `SweepInversion`.
struct SweepRule: InversionRule {
  static let word = "sweep"
  let iterations: Int
  let signal: Kind
  let nudge: Double

  /// Which lifted signal travels back.
  enum Kind: String, Codable, CaseIterable { case contrast, mirror }

  private static let usualIterations = 200

  init(iterations: Int? = nil) {
    (self.iterations, signal, nudge) = (iterations ?? Self.usualIterations, .contrast, 1)
  }

  init(_ reader: inout StrictReader) throws {
    iterations = try reader.optional("iterations") ?? Self.usualIterations
    try reader.require(iterations, in: 1...10_000_000, "iterations")
    signal = try reader.choice("signal") ?? .contrast
    nudge = try reader.optional("nudge") ?? 1
    try reader.requirePositive(nudge, "nudge")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(iterations, "iterations")
    try writer.write(signal, "signal")
    try writer.write(nudge, "nudge")
  }

  func solve(
    _ problem: InversionProblem, on pool: WorkerPool, observe: InversionObserver
  ) throws -> InversionAnswer {
    let inversion = try SweepInversion(
      problem.network, problem.parameters, inputPenalty: try problem.deepPenalty,
      signal: signal == .contrast ? CentredContrast() : MirrorSweep(), nudge: nudge)
    return try problem.answer(by: inversion, iterations: iterations, on: pool, observe: observe)
  }
}
