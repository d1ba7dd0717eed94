import Proximal
import RealModule
import Tensors

/// The discrepancy principle on the Bregman fidelity: the largest `alpha` with
///
///     B_Psi(f, A u_alpha + b) <= tau delta^2
///
/// found by bisection in `log alpha`, each solve from the state of the last. It ends when `B` is within
/// `accuracy` of `tau delta^2`, from either side. Cost: a solve for each `alpha` that is tried, a dozen or so.
///
/// Source: Morozov, Soviet Mathematics Doklady 7, 1966; with a Bregman fidelity: Wang and Benning 2023.
public struct DiscrepancyPrinciple: Sendable, Equatable {
  /// `tau`, `> 0`; 1 trusts `delta`.
  public let tau: Double
  /// The fraction of `tau delta^2` by which `B` may differ, in (0, 1).
  public let accuracy: Double
  /// Most solves, at least 2.
  public let maximumSolves: Int

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    tau: Double = 1, accuracy: Double = 0.05, maximumSolves: Int = 25
  ) throws(SolverError) {
    try SolverError.requirePositive(tau, "tau")
    try SolverError.requireInside(accuracy, 0, 1, "accuracy")
    guard maximumSolves >= 2 else {
      throw .outOfRange(
        parameter: "maximumSolves", value: Double(maximumSolves), admissible: "at least 2")
    }
    (self.tau, self.accuracy, self.maximumSolves) = (tau, accuracy, maximumSolves)
  }
}

/// How a choice of `alpha` went.
public enum ChoiceOutcome: String, Sendable, Codable, CaseIterable, CustomStringConvertible {
  /// `alpha` was given.
  case given
  /// The fidelity is what was asked.
  case met
  /// The fidelity is too large even at the smallest `alpha` tried: `delta` is too small, the measurements are
  /// not of this layer, or the solver is not given the iterations.
  case tooLarge
  /// The fidelity is small enough even at the largest `alpha` tried: the measurements hold no more than noise.
  case tooSmall
  /// The solves are used up.
  case maximumSolves
  /// The corner of the curve.
  case corner
  /// The curve has no corner: it does not bend, or its points are too few.
  case noCorner

  /// A sentence for people.
  public var description: String {
    switch self {
    case .given: "alpha was given"
    case .met: "the fidelity is the noise's"
    case .tooLarge:
      "the fidelity stays above the noise's even at the smallest alpha; give more iterations or more noise"
    case .tooSmall:
      "the fidelity is below the noise's even at the largest alpha; is there a signal?"
    case .maximumSolves: "the solves are used up before the fidelity was the noise's"
    case .corner: "the corner of the L-curve"
    case .noCorner: "the L-curve has no corner; widen the grid"
    }
  }
}

/// One `alpha` that was tried for a measurement.
public struct AlphaTrial: Sendable, Equatable {
  /// `alpha`.
  public let alpha: Double
  /// `B_Psi(f, A u_alpha + b)`.
  public let fidelity: Double
  /// `J(u_alpha)`.
  public let regularity: Double

  init(_ report: InversionReport) {
    (alpha, fidelity) = (report.alpha, report.fidelity)
    regularity = report.value.penalty / report.alpha
  }
}

extension StableInversion {
  /// The answer of one measurement by the principle, starting at the problem's own `alpha`.
  func solve<S: TensorScalar>(
    _ problem: LayerInversion<S>, by principle: DiscrepancyPrinciple, deltaSquared: Double,
    on pool: WorkerPool
  ) throws(SolverError) -> (result: InversionResult<S>, choice: AlphaChoice) {
    let target = principle.tau * deltaSquared
    var state = solver.start(
      problem, from: Tensor(shape: [1, problem.inputs]), on: pool)
    var bracket = AlphaBracket(alpha: problem.alpha)
    var trials: [AlphaTrial] = []
    while true {
      let problem = try problem.with(alpha: bracket.alpha)
      let result = run(&state, problem, on: pool)
      trials.append(AlphaTrial(result.reports[0]))
      let fidelity = result.reports[0].fidelity
      func end(_ outcome: ChoiceOutcome) -> (InversionResult<S>, AlphaChoice) {
        (result, AlphaChoice(outcome: outcome, deltaSquared: deltaSquared, trials: trials))
      }
      if abs(fidelity - target) <= principle.accuracy * target { return end(.met) }
      guard fidelity.isFinite, trials.count < principle.maximumSolves else {
        return end(.maximumSolves)
      }
      if let outcome = bracket.narrow(isTooLarge: fidelity > target) { return end(outcome) }
    }
  }
}

/// The bisection in `log alpha`: steps of a factor of 8 until there is a bracket.
private struct AlphaBracket {
  private(set) var alpha: Double
  private let first: Double
  private var low: Double?
  private var high: Double?

  private static let widest = 1e8

  init(alpha: Double) { (self.alpha, first) = (alpha, alpha) }

  /// Moves on; the outcome if there is nowhere to go.
  mutating func narrow(isTooLarge: Bool) -> ChoiceOutcome? {
    if isTooLarge { high = alpha } else { low = alpha }
    switch (low, high) {
    case (let low?, let high?): alpha = (low * high).squareRoot()
    case (nil, let high?): alpha = high / 8
    case (let low?, nil): alpha = low * 8
    case (nil, nil): return nil
    }
    if alpha < first / Self.widest { return .tooLarge }
    if alpha > first * Self.widest { return .tooSmall }
    return nil
  }
}
