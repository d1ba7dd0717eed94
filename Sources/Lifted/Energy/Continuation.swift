/// How the weight of a constraint changes from one epoch to the next: `lambda_l` of the hidden penalties,
/// `rho` of a ``Splitting``.
///
///     constant        lambda
///     geometric       min(factor lambda, cap)
///     afterIncreases  the same, but only after so many epochs in a row in which the energy rose
///     dualAscent      min(lambda + eta penalty, cap)      penalty = mean over samples, unweighted
///
/// The penalties are zero on the network's graph and nowhere negative, so dual ascent only ever raises
/// a weight, and no finite weight is exact: the forward gap falls like `1 / lambda`. All rules are
/// therefore continuations, not multiplier methods. The last weight is that of the loss and stays.
///
/// Source: Carreira-Perpinan and Wang, AISTATS 2014, for the growing weight; Wang, Yu, Chen and Zhao, KDD
/// 2019 (dlADMM), for growth after increases, by 10 after three; Gu, Askari and El Ghaoui, AISTATS 2020,
/// for the multipliers.
public struct Continuation: Sendable, Equatable {
  /// How a weight grows.
  public enum Rule: Sendable, Equatable {
    /// Not at all.
    case constant
    /// By a factor, at least 1.
    case geometric(factor: Double)
    /// By a factor, at least 1, each time that the energy has risen in `count` epochs in a row, at least 1.
    case afterIncreases(factor: Double, count: Int)
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
    case .geometric(let factor): try Self.require(factor: factor)
    case .afterIncreases(let factor, let count):
      try Self.require(factor: factor)
      guard count >= 1 else {
        throw .outOfRange(parameter: "count", value: Double(count), admissible: "at least 1")
      }
    case .dualAscent(let eta): try SolverError.requirePositive(eta, "eta")
    }
    if let cap { try SolverError.requirePositive(cap, "cap") }
    (self.rule, self.cap) = (rule, cap)
  }

  private static func require(factor: Double) throws(SolverError) {
    guard factor >= 1, factor.isFinite else {
      throw .outOfRange(
        parameter: "factor", value: factor, admissible: "a finite number, at least 1")
    }
  }

  private init() { (rule, cap) = (.constant, nil) }

  /// The weights stay as they are.
  public static let constant = Continuation()

  /// The weights for the next epoch.
  /// - Parameters:
  ///   - weights: `lambda_1, …, lambda_L`, each `> 0`.
  ///   - penalties: ``EnergyValue/penalties`` under these weights, as many.
  ///   - increases: epochs in a row, up to the last, in which the energy rose.
  public func next(weights: [Double], penalties: [Double], increases: Int = 0) -> [Double] {
    precondition(weights.count == penalties.count, "one penalty for each weight")
    return zip(weights, penalties).dropLast().map {
      grown($0, penalty: $1 / $0, increases: increases)
    } + weights.suffix(1)
  }

  /// One weight for the next epoch, `penalty` being the mean of what it weighs.
  func grown(_ weight: Double, penalty: Double, increases: Int) -> Double {
    let grown =
      switch rule {
      case .constant: weight
      case .geometric(let factor): weight * factor
      case .afterIncreases(let factor, let count): increases >= count ? weight * factor : weight
      case .dualAscent(let eta): weight + eta * penalty
      }
    return max(weight, min(grown, cap ?? .greatestFiniteMagnitude))
  }
}
