import RealModule
import Tensors

/// The discrepancy principle for networks of many layers, on the forward residual: for each row the largest
/// `alpha` of a falling geometric grid with
///
///     B_L(f, z_L(u_alpha)) <= tau delta^2
///
/// each `alpha` starting at the answer of the one before. A row rests where its `alpha` is found. There is no
/// bisection: the problem is not convex, so that the residual need not fall with `alpha` at every step.
///
/// Source: Morozov, Soviet Mathematics Doklady 7, 1966.
public struct DeepDiscrepancy: Sendable, Equatable {
  /// The grid, greatest first.
  public let alphas: [Double]
  /// `tau > 0`; 1 trusts `delta`.
  public let tau: Double

  /// - Parameters:
  ///   - start: the greatest `alpha`, `> 0`.
  ///   - end: the least, `> 0`, below the greatest.
  ///   - count: how many, at least 2.
  ///   - tau: what the residual may be in units of `delta^2`.
  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    from start: Double, to end: Double, count: Int, tau: Double = 1
  ) throws(SolverError) {
    try SolverError.requirePositive(start, "the greatest alpha")
    try SolverError.requirePositive(end, "the least alpha")
    try SolverError.requirePositive(tau, "tau")
    guard end < start else {
      throw .outOfRange(parameter: "the least alpha", value: end, admissible: "below \(start)")
    }
    guard count >= 2 else {
      throw .outOfRange(parameter: "count", value: Double(count), admissible: "at least 2")
    }
    alphas = (0..<count).map { start * Double.pow(end / start, Double($0) / Double(count - 1)) }
    self.tau = tau
  }

  /// What was chosen for a row.
  public struct Choice: Sendable, Equatable {
    /// The `alpha`; the least of the grid if none fits.
    public let alpha: Double
    /// ``ChoiceOutcome/met``; ``ChoiceOutcome/tooLarge`` if the residual is above the noise's at the least,
    /// ``ChoiceOutcome/tooSmall`` if it is below at the greatest.
    public let outcome: ChoiceOutcome
    /// `B_L(f, z_L(u))` of the answer.
    public let residual: Double
  }

  /// The answers, one in each row, and how `alpha` was chosen.
  /// - Parameters:
  ///   - inversion: any, with a regulariser; its own `alpha` is not used.
  ///   - start: where the first `alpha` starts.
  ///   - f: the measurements.
  ///   - deltaSquared: `delta^2` of each row in units of the head's loss: `1/2 ||noise||^2` for an identity head.
  ///   - rule: what ends each solve.
  ///   - pool: the threads.
  /// - Throws: ``SolverError``.
  public func solve<I: NetworkInversion>(
    _ inversion: I, from start: InversionStart<I.S>, measured f: Tensor<I.S>,
    deltaSquared: [Double], until rule: StopRule, on pool: WorkerPool
  ) throws(SolverError) -> (u: Tensor<I.S>, choices: [Choice]) {
    guard deltaSquared.count == f.rows else {
      throw .unsuitable(
        "\(deltaSquared.count) noise levels for \(f.rows) measurements; give one each")
    }
    for delta in deltaSquared { try SolverError.requirePositive(delta, "delta^2") }
    var u = try start.inputs(inversion.objective, measured: f, on: pool)
    var choices = Array<Choice?>(repeating: nil, count: f.rows)
    var answers = u
    for alpha in alphas where choices.contains(nil) {
      let solver = try inversion.with(alpha: alpha)
      var state = try solver.start(from: u, measured: f, on: pool)
      let result = try solver.run(&state, until: rule, on: pool)
      u = result.u
      for row in choices.indices where choices[row] == nil {
        let residual = result.residuals[row]
        let fits = residual <= tau * deltaSquared[row]
        guard fits || alpha == alphas.last else { continue }
        let outcome: ChoiceOutcome = !fits ? .tooLarge : alpha == alphas[0] ? .tooSmall : .met
        choices[row] = Choice(alpha: alpha, outcome: outcome, residual: residual)
        let width = u.columns
        answers.withMutablePointer { answers in
          u.withPointer { (answers + row * width).update(from: $0 + row * width, count: width) }
        }
      }
    }
    return (answers, choices.compactMap { $0 })
  }
}
