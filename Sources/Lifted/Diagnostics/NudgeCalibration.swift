import Tensors

/// The choice of the loss weight `beta` without back-propagation: the largest on a grid whose gradient
/// still points where that of `beta / 3` points.
///
/// The lifted gradient over `beta` tends to the back-propagation gradient as `beta -> 0`, with an error
/// of first (mirror) or second order (centred) in `beta`, while a large `beta` moves hidden variables by
/// more and is less at the mercy of rounding.
public struct NudgeCalibration: Sendable, Equatable {
  /// The least cosine between the gradients at `beta` and `beta / 3` that counts as the same direction.
  public let agreement: Double
  /// The candidates, largest first.
  public let candidates: [Double]

  /// Half decades from 100 down to 0.001.
  public static let standardCandidates = [
    100, 31.6, 10, 3.16, 1, 0.316, 0.1, 0.0316, 0.01, 0.00316, 0.001,
  ]

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    agreement: Double = 0.99, candidates: [Double] = standardCandidates
  ) throws(SolverError) {
    try SolverError.require(agreement, in: 0...1, "agreement")
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
    for beta in candidates {
      let (here, below) = (
        try signal.weightGradient(of: network, at: theta, probe, beta: beta, on: pool),
        try signal.weightGradient(of: network, at: theta, probe, beta: beta / 3, on: pool)
      )
      if here.cosine(to: below) >= agreement { return beta }
    }
    return candidates.last ?? 1
  }
}
