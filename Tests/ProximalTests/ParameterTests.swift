import Proximal
import Testing

/// Parameters are checked where a function is made.
@Suite struct ParameterTests {
  static let inadmissible: [@Sendable () throws -> Void] = [
    { _ = try LeakyReLU(slope: 0) }, { _ = try LeakyReLU(slope: 1.5) },
    { _ = try LeakyReLU(slope: .nan) }, { _ = try SoftThreshold(alpha: -1e-9) },
    { _ = try SoftThreshold(alpha: .infinity) }, { _ = try NonnegativeSoftThreshold(alpha: -1) },
    { _ = try Clip(lower: 1, upper: 1) }, { _ = try Clip(lower: -.infinity, upper: 1) },
    { _ = try Clip(lower: 0, upper: .nan) }, { _ = try Clip.dualBall(nu: 0) },
    { _ = try ELU(alpha: 0) }, { _ = try ELU(alpha: 1.1) }, { _ = try SmoothReLU(kappa: 0) },
    { _ = try GroupSoftThreshold(alpha: -1, groupSize: 2) },
    { _ = try GroupSoftThreshold(alpha: 1, groupSize: 0) }, { _ = try L2Ball(radius: 0) },
    { _ = try L1Ball(radius: -2) }, { _ = try L1Penalty(alpha: -1) },
    { _ = try GroupPenalty(alpha: .nan, groupSize: 2) },
    { _ = try GroupPenalty(alpha: 1, groupSize: -1) },
  ]

  @Test("Inadmissible parameters are refused", arguments: inadmissible.indices)
  func refused(index: Int) {
    #expect(throws: ProximalError.self) { try Self.inadmissible[index]() }
  }

  @Test("The message says what, how much and what instead, on one line")
  func message() {
    let error = #expect(throws: ProximalError.self) { _ = try SoftThreshold(alpha: -1) }
    #expect(
      error?.description
        == "SoftThreshold: alpha = -1.0, but alpha must be a finite number >= 0")
    let pair = #expect(throws: ProximalError.self) {
      try L1Penalty(alpha: 1).validate(with: Softmax())
    }
    #expect(
      pair?.description == "L1Penalty does not go with Softmax: it needs a separable activation")
  }
}
