import Lifted
import Tensors

/// `rule: automatic`, what suits the network: the primal-dual method for a single layer, one lifted sweep in
/// each iteration for more.
struct AutomaticRule: InversionRule {
  static let word = "automatic"
  /// Iterations; `nil` for the number that is usual for the rule.
  let iterations: Int?

  init(iterations: Int? = nil) { self.iterations = iterations }

  init(_ reader: inout StrictReader) throws {
    iterations = try reader.optional("iterations")
    try reader.require(iterations, in: 1...10_000_000, "iterations")
  }

  func write(to writer: inout RecipeWriter) throws {
    if let iterations { try writer.write(iterations, "iterations") }
  }

  func solve(
    _ problem: InversionProblem, on pool: WorkerPool, observe: InversionObserver
  ) throws -> InversionAnswer {
    problem.network.depth == 1
      ? try PrimalDualRule(iterations: iterations).solve(problem, on: pool, observe: observe)
      : try SweepRule(iterations: iterations).solve(problem, on: pool, observe: observe)
  }
}
