import RealModule

/// The weight of the constraints in each epoch: `min(start growth^epoch, maximum)`, epochs from 0.
public struct PenaltySchedule: Sendable, Equatable {
  /// The weight in the first epoch, `> 0`.
  public let start: Double
  /// The factor from one epoch to the next, `>= 1`.
  public let growth: Double
  /// What the weight never exceeds, `>= start`.
  public let maximum: Double

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    _ start: Double, growth: Double = 1, maximum: Double = .infinity
  ) throws(SolverError) {
    try SolverError.requirePositive(start, "rho")
    guard growth >= 1, growth.isFinite else {
      throw .outOfRange(parameter: "rhoGrowth", value: growth, admissible: "a finite number >= 1")
    }
    guard maximum >= start else {
      throw .outOfRange(
        parameter: "rhoMaximum", value: maximum, admissible: "at least rho, which is \(start)")
    }
    (self.start, self.growth, self.maximum) = (start, growth, maximum)
  }

  /// The weight in an epoch, the first being 0.
  public func value(at epoch: Int) -> Double {
    min(start * .pow(growth, epoch), maximum, .greatestFiniteMagnitude)
  }
}
