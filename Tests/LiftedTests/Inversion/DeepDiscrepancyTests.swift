import Proximal
import Tensors
import Testing

@testable import Lifted

/// The discrepancy principle for networks of many layers.
@Suite struct DeepDiscrepancyTests {
  private let pool = WorkerPool(threads: 1)

  @Test("Each row gets the greatest alpha whose residual is the noise's")
  func choice() throws {
    let inverse = try DeepCase([3, 24, 30, 36], [.tanh, .tanh, .identity])
    let f = inverse.noisy
    let inversion = try SweepInversion(
      inverse.network, inverse.theta, inputPenalty: InputPenalty(alpha: 1, SlowSquare()))
    let rule = try StopRule(maximumIterations: 300)
    let principle = try DeepDiscrepancy(from: 10, to: 1e-3, count: 9)
    // What the truth leaves, and nothing that can be met.
    let delta = (0..<4).map { i in
      i == 3
        ? 1e-9
        : 1.1
          * zip(f.row(i), inverse.measured.row(i)).reduce(0) {
            $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / 2
          }
    }
    let chosen = try principle.solve(
      inversion, from: .zero, measured: f, deltaSquared: delta, until: rule, on: pool)
    for i in 0..<3 {
      let choice = chosen.choices[i]
      #expect(choice.outcome == .met && choice.residual <= delta[i])
      let index = try #require(principle.alphas.firstIndex(of: choice.alpha))
      let above = try inversion.with(alpha: principle.alphas[index - 1])
      var state = try above.start(from: .zero, measured: f, on: pool)
      #expect(try above.run(&state, until: rule, on: pool).residuals[i] > delta[i])
    }
    #expect(chosen.choices[3].outcome == .tooLarge && chosen.choices[3].alpha == 1e-3)
    let alone = try principle.solve(
      inversion, from: .zero, measured: f.rows(1..<2), deltaSquared: [delta[1]], until: rule,
      on: pool)
    #expect(alone.choices[0].alpha == chosen.choices[1].alpha)
    #expect(distance(alone.u, chosen.u.rows(1..<2)) < 1e-9)
    let easy = try principle.solve(
      inversion, from: .zero, measured: f, deltaSquared: [1e9, 1e9, 1e9, 1e9], until: rule, on: pool
    )
    #expect(easy.choices.allSatisfy { $0.outcome == .tooSmall && $0.alpha == 10 })
    let looser = try DeepDiscrepancy(from: 10, to: 1e-3, count: 9, tau: 4).solve(
      inversion, from: .zero, measured: f, deltaSquared: delta, until: rule, on: pool)
    #expect(looser.choices[0].alpha > chosen.choices[0].alpha)
  }

  @Test("What cannot be is refused")
  func refusals() throws {
    for bad in notPositive {
      #expect(throws: SolverError.self) { try DeepDiscrepancy(from: bad, to: 1e-3, count: 3) }
      #expect(throws: SolverError.self) { try DeepDiscrepancy(from: 1, to: bad, count: 3) }
      #expect(throws: SolverError.self) {
        try DeepDiscrepancy(from: 1, to: 0.1, count: 3, tau: bad)
      }
    }
    #expect(throws: SolverError.self) { try DeepDiscrepancy(from: 1, to: 2, count: 3) }
    #expect(throws: SolverError.self) { try DeepDiscrepancy(from: 1, to: 0.1, count: 1) }
    let inverse = try DeepCase()
    let principle = try DeepDiscrepancy(from: 1, to: 0.1, count: 2)
    let rule = try StopRule(maximumIterations: 3)
    let bare = try SweepInversion(inverse.network, inverse.theta)
    #expect(throws: SolverError.self) {
      try principle.solve(
        bare, from: .zero, measured: inverse.measured, deltaSquared: [1, 1, 1, 1], until: rule,
        on: pool)
    }
    #expect(throws: SolverError.self) {
      try principle.solve(
        try bare.with(alpha: 1), from: .zero, measured: inverse.measured, deltaSquared: [1],
        until: rule, on: pool)
    }
  }
}
