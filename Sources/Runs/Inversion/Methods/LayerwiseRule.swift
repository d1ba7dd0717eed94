import Lifted
import Tensors

/// `rule: layerwise`, for monotone residual networks: block by block from the last, exact up to rounding and
/// without a regulariser. See `MonotoneResidualNetwork`.
struct LayerwiseRule: InversionRule {
  static let word = "layerwise"
  let iterations: Int
  let tolerance: Double

  init(_ reader: inout StrictReader) throws {
    iterations = try reader.optional("iterations") ?? 20_000
    try reader.require(iterations, in: 1...10_000_000, "iterations")
    tolerance = try reader.optional("tolerance") ?? 1e-6
    try reader.requirePositive(tolerance, "tolerance")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(iterations, "iterations")
    try writer.write(tolerance, "tolerance")
  }

  func solve(
    _ problem: InversionProblem, on pool: WorkerPool, observe: InversionObserver
  ) throws -> InversionAnswer {
    let found = try problem.monotoneResidual.inverse(
      of: problem.measurements, tolerance: tolerance, maximumIterations: iterations, on: pool)
    var answer = try InversionAnswer(found.u, of: problem, on: pool)
    let largest = found.gradients.max() ?? 0
    for row in answer.rows.indices {
      answer.rows[row].stop =
        largest <= tolerance ? "every block is inverted" : "rounding or the iterations ended it"
    }
    answer.notes = [
      "Block by block; the largest relative gradient left is \(String(format: "%.1e", largest)). Noise is not "
        + "regularised."
    ]
    return answer
  }
}

extension InversionProblem {
  /// The network as one of monotone residual blocks.
  var monotoneResidual: MonotoneResidualNetwork<Float> {
    get throws {
      guard let residual else {
        throw SolverError.unsuitable(
          "this rule is for a monotone residual network; take sweep or jointSweeps")
      }
      return residual
    }
  }
}
