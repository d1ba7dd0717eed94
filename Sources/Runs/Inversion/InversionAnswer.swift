import Lifted
import Proximal
import Tensors

/// The unknowns that a method has found, and what is known of each.
public struct InversionAnswer: Sendable {
  /// `u`, one in each row.
  public let unknowns: Tensor<Float>
  /// One for each row.
  public var rows: [Row]
  /// How it came there, means over the rows.
  public var history: [Look] = []
  /// What a reader must know to judge the answer.
  public var notes: [String] = []
  /// Processor seconds.
  public var cpuSeconds = 0.0

  /// What is known of one unknown.
  public struct Row: Sendable, Equatable, Codable {
    /// `alpha`.
    public var alpha: Double
    /// How `alpha` was found.
    public var choice: String?
    /// `1/outputs B(f, N(u))`.
    public var fidelity: Double
    /// `J(u)`; `nil` for a prior without a value.
    public var regulariser: Double?
    /// The objective less a lower bound of its minimum, where one is known.
    public var gap: Double?
    /// PSNR in dB against the truth, data range 1.
    public var psnr: Double?
    /// The same of the start.
    public var startPSNR: Double?
    /// The same before the polish, where that was kept.
    public var psnrBeforePolish: Double?
    /// The root mean square error against the truth.
    public var rmse: Double?
    /// Whether the polish was kept.
    public var isPolished = false
    /// Iterations; `nil` for a rule that does not count them.
    public var iterations: Int?
    /// Why it ended.
    public var stop: String
  }

  /// One look on the way.
  public struct Look: Sendable, Equatable, Codable {
    /// Iterations done.
    public let iteration: Int
    /// `1/outputs B + alpha J`.
    public let objective: Double
    /// `1/outputs B`.
    public let fidelity: Double
  }

  /// Unknowns with the figures that every method shares; the rest is for the method to fill in.
  init(_ unknowns: Tensor<Float>, of problem: InversionProblem, on pool: WorkerPool) throws {
    self.unknowns = unknowns
    let fidelities = try problem.fidelities(of: unknowns, on: pool)
    let regularisers = (problem.prior as? any Regulariser)?.values(of: unknowns, on: pool)
    let start = problem.start ?? Tensor(shape: unknowns.shape)
    rows = (0..<unknowns.rows).map { row in
      Row(
        alpha: problem.recipe.alpha.start, fidelity: fidelities[row],
        regulariser: regularisers?[row], psnr: problem.psnr(of: unknowns, row: row),
        startPSNR: problem.psnr(of: start, row: row),
        rmse: problem.rootMeanSquareError(of: unknowns, row: row), stop: "")
    }
  }
}
