import RealModule
import Tensors

/// The choice of the loss weight `beta` without back-propagation: going up a grid, the last whose
/// gradient still points where that of `beta / 3` and that of the smallest point.
///
/// The lifted gradient over `beta` tends to the back-propagation gradient as `beta -> 0`, with an error
/// of first (mirror) or second order (centred) in `beta`, while a large `beta` moves hidden variables by
/// more and is less at the mercy of rounding. The search goes up because far above the limit gradients
/// may agree with one another again without agreeing with the limit, for rectifiers above all.
public struct NudgeCalibration: Sendable, Equatable {
  /// The least cosine between the gradients at `beta` and `beta / 3` that counts as the same direction.
  public let agreement: Double
  /// The candidates, largest first.
  public let candidates: [Double]

  /// Half decades from 100 down to 0.001.
  public static let standardCandidates = [
    100, 31.6, 10, 3.16, 1, 0.316, 0.1, 0.0316, 0.01, 0.00316, 0.001,
  ]

  /// - Throws: ``SolverError`` for a number out of range or no candidate at all.
  public init(
    agreement: Double = 0.999, candidates: [Double] = standardCandidates
  ) throws(SolverError) {
    try SolverError.require(agreement, in: 0...1, "agreement")
    guard !candidates.isEmpty else { throw .unsuitable("give at least one candidate nudge") }
    for candidate in candidates { try SolverError.requirePositive(candidate, "a candidate nudge") }
    (self.agreement, self.candidates) = (agreement, candidates.sorted(by: >))
  }

  /// The calibrated weight for a network on a probe batch; the smallest candidate if none agrees.
  /// Cost: two gradients for each candidate tried.
  /// - Throws: ``SolverError`` if the signal cannot pass a layer.
  public func nudge<S: TensorScalar>(
    for signal: some Signal, _ network: Network, _ theta: Parameters<S>, _ probe: Batch<S>,
    on pool: WorkerPool
  ) throws(SolverError) -> Double {
    // An error of first order shows to two thirds against beta / 3; many steps must not add up to more.
    let leastOverall = Double.cos(1.5 * Double.acos(agreement))
    var agreed: (beta: Double, limit: Parameters<S>)?
    for beta in candidates.reversed() {
      let (here, below) = (
        try signal.weightGradient(of: network, at: theta, probe, beta: beta, on: pool),
        try signal.weightGradient(of: network, at: theta, probe, beta: beta / 3, on: pool)
      )
      let limit = agreed?.limit ?? below
      if here.cosine(to: below) >= agreement, here.cosine(to: limit) >= leastOverall {
        agreed = (beta, limit)
      } else if let agreed {
        return agreed.beta
      }
    }
    return agreed?.beta ?? candidates.last ?? 1
  }
}
