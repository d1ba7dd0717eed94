/// How the weights `lambda_l` of the hidden penalties change from one round of a solver to the next.
///
///     constant      lambda_l
///     geometric     min(factor lambda_l, cap)
///     dualAscent    min(lambda_l + eta penalty_l, cap)      penalty_l = mean over samples, unweighted
///
/// The penalties are zero on the network's graph and nowhere negative, so dual ascent only ever raises
/// a weight, and no finite weight is exact: the forward gap falls like `1 / lambda`. Both rules are
/// therefore continuations, not multiplier methods. The last weight is that of the loss and stays.
///
/// Source: Carreira-Perpinan and Wang, AISTATS 2014, for the growing weight; Gu, Askari and El Ghaoui,
/// AISTATS 2020, for the multipliers.
public struct Continuation: Sendable, Equatable {
  /// How a weight grows.
  public enum Rule: Sendable, Equatable {
    /// Not at all.
    case constant
    /// By a factor, at least 1.
    case geometric(factor: Double)
    /// By `eta` times the layer's mean penalty, `eta > 0`: the layers that are furthest from the
    /// network gain most.
    case dualAscent(eta: Double)
  }

  /// How a weight grows.
  public let rule: Rule
  /// No weight grows beyond this; a weight that starts above stays. `nil` for no bound.
  public let cap: Double?

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(_ rule: Rule, cap: Double? = nil) throws(SolverError) {
    switch rule {
    case .constant: break
    case .geometric(let factor):
      guard factor >= 1, factor.isFinite else {
        throw .outOfRange(
          parameter: "factor", value: factor, admissible: "a finite number, at least 1")
      }
    case .dualAscent(let eta): try SolverError.requirePositive(eta, "eta")
    }
    if let cap { try SolverError.requirePositive(cap, "cap") }
    (self.rule, self.cap) = (rule, cap)
  }

  private init() { (rule, cap) = (.constant, nil) }

  /// The weights stay as they are.
  public static let constant = Continuation()

  /// The weights for the next round.
  /// - Parameters:
  ///   - weights: `lambda_1, …, lambda_L`, each `> 0`.
  ///   - penalties: ``EnergyValue/penalties`` under these weights, as many.
  public func next(weights: [Double], penalties: [Double]) -> [Double] {
    precondition(weights.count == penalties.count, "one penalty for each weight")
    return zip(weights, penalties).dropLast().map(grown) + weights.suffix(1)
  }

  private func grown(_ weight: Double, weightedPenalty: Double) -> Double {
    let grown =
      switch rule {
      case .constant: weight
      case .geometric(let factor): weight * factor
      case .dualAscent(let eta): weight + eta * weightedPenalty / weight
      }
    return max(weight, min(grown, cap ?? .greatestFiniteMagnitude))
  }
}
