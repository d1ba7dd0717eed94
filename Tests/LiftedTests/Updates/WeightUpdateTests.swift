import Foundation
import Proximal
import Tensors
import Testing

@testable import Lifted

/// Weight updates against their formulas, one number at a time over several steps.
@Suite struct WeightUpdateTests {
  private static let samples = 9
  private static let inputs = 4
  private static let outputs = 3
  private let pool = WorkerPool(threads: 2)
  private let scale = 0.4

  private func context(
    _ step: Int, penalty: WeightPenalty = .none, factor: Double = 1
  ) throws -> UpdateContext<Double> {
    UpdateContext(
      stage: try Dense(Self.inputs, Self.outputs),
      residual: normal([Self.samples, Self.outputs], lane: UInt64(100 + step)),
      input: normal([Self.samples, Self.inputs], lane: UInt64(200 + step)), scale: scale,
      stepFactor: factor, penalty: penalty)
  }

  private var start: [Tensor<Double>] {
    [normal([Self.outputs, Self.inputs], lane: 1), normal([Self.outputs], lane: 2)]
  }

  /// The state after five steps.
  private func run(
    _ update: some WeightUpdate, penalty: WeightPenalty = .none, factor: Double = 1
  ) throws -> [Tensor<Double>] {
    var block = WeightBlock(start, moments: update.moments)
    for step in 0..<5 {
      try update.update(&block, context(step, penalty: penalty, factor: factor), on: pool)
    }
    #expect(block.steps == 5)
    return block.theta
  }

  /// The same five steps number by number: `rule(w, g, memory, step)` returns the new `w`.
  private func reference(
    decay: Double, stepSize: Double, radius: Double? = nil,
    _ rule: (Double, Double, inout [Double], Int) -> Double
  ) throws -> [Tensor<Double>] {
    var theta = start
    var memory = theta.map { Array(repeating: [0.0, 0], count: $0.count) }
    for step in 0..<5 {
      let context = try context(step)
      let gradient = context.stage.parameterGradient(
        of: context.residual, at: context.input, scale: scale, on: pool)
      for slot in 0...1 {
        theta[slot].withMutableSpan { w in
          for i in w.indices {
            w[i] = rule(w[i], gradient[slot].scalars[i], &memory[slot][i], step + 1)
            if slot == 0 { w[i] /= 1 + stepSize * decay }
          }
        }
      }
      if let radius {
        let norm = theta[0].squaredNorm.squareRoot()
        if norm > radius { theta[0].scale(by: radius / norm) }
      }
    }
    return theta
  }

  private func expectEqual(_ a: [Tensor<Double>], _ b: [Tensor<Double>]) {
    #expect(distance(a[0], b[0]) < 1e-12 && distance(a[1], b[1]) < 1e-12)
    #expect(distance(a[0], start[0]) > 1e-3 && distance(a[1], start[1]) > 1e-3, "moved")
  }

  @Test("A gradient step is the prox of w - eta g", arguments: [0, 0.5])
  func gradientStep(_ decay: Double) throws {
    let found = try run(GradientStep(stepSize: 0.1), penalty: WeightPenalty(decay: decay))
    expectEqual(
      found, try reference(decay: decay, stepSize: 0.1) { w, g, _, _ in w - 0.1 * g })
  }

  @Test("Momentum keeps a fraction of the last direction", arguments: [0, 0.5])
  func momentum(_ decay: Double) throws {
    let found = try run(
      Momentum(stepSize: 0.1, decay: 0.8), penalty: WeightPenalty(decay: decay))
    let expected = try reference(decay: decay, stepSize: 0.1) { w, g, m, _ in
      m[0] = 0.8 * m[0] + g
      return w - 0.1 * m[0]
    }
    expectEqual(found, expected)
  }

  @Test("Adam is Kingma and Ba's, bias corrected, with decoupled decay", arguments: [0, 0.5])
  func adam(_ decay: Double) throws {
    let update = try Adam(stepSize: 0.03, firstDecay: 0.8, secondDecay: 0.9, epsilon: 0.01)
    let found = try run(update, penalty: WeightPenalty(decay: decay))
    let expected = try reference(decay: decay, stepSize: 0.03) { w, g, m, step in
      m[0] = 0.8 * m[0] + 0.2 * g
      m[1] = 0.9 * m[1] + 0.1 * g * g
      let first = m[0] / (1 - pow(0.8, Double(step)))
      let second = m[1] / (1 - pow(0.9, Double(step)))
      return w - 0.03 * first / (second.squareRoot() + 0.01)
    }
    expectEqual(found, expected)
  }

  @Test("A radius projects the weights after each step and leaves the offsets")
  func radius() throws {
    let penalty = try WeightPenalty(decay: 0.1, radius: 1.2)
    let found = try run(GradientStep(stepSize: 0.1), penalty: penalty)
    expectEqual(
      found,
      try reference(decay: 0.1, stepSize: 0.1, radius: 1.2) { w, g, _, _ in w - 0.1 * g })
    #expect(found[0].squaredNorm.squareRoot() <= 1.2 + 1e-12)
  }

  @Test(
    "The implicit step moves by the minimiser of the mean loss's quadratic model",
    arguments: [0, 0.2])
  func implicit(_ decay: Double) throws {
    let (tau, relaxation) = (0.8, 0.6)
    let update = try ImplicitStep(tau: tau, relaxation: relaxation)
    var block = WeightBlock(start, moments: 0)
    let context = try context(0, penalty: WeightPenalty(decay: decay))
    try update.update(&block, context, on: pool)
    // In the units of the loss the residuals are s scale r and the model has weight 1/s.
    let s = Double(Self.samples)
    var expected = start
    try Dense(Self.inputs, Self.outputs).implicitStep(
      &expected, residual: context.residual.scaled(by: s * scale), at: context.input, scale: 1 / s,
      tau: tau, relaxation: relaxation, on: pool)
    expected[0].scale(by: 1 / (1 + tau * relaxation * decay))
    expectEqual(block.theta, expected)
  }

  @Test("A small implicit step is a gradient step of size tau")
  func smallImplicit() throws {
    let found = try run(ImplicitStep(tau: 1e-6))
    let expected = try run(GradientStep(stepSize: 1e-6))
    var (moved, difference) = (found[0], found[0])
    moved.combine(1, -1, start[0])
    difference.combine(1, -1, expected[0])
    #expect(difference.squaredNorm.squareRoot() < 1e-4 * moved.squaredNorm.squareRoot())
  }

  @Test("Every parameter of every update changes the result")
  func everyParameterCounts() throws {
    let variants: [[any WeightUpdate]] = [
      [try GradientStep(stepSize: 0.1), try GradientStep(stepSize: 0.2)],
      [
        try Momentum(stepSize: 0.1), try Momentum(stepSize: 0.2),
        try Momentum(stepSize: 0.1, decay: 0.5),
      ],
      [
        try Adam(), try Adam(stepSize: 2e-3), try Adam(firstDecay: 0.8), try Adam(secondDecay: 0.9),
        try Adam(epsilon: 0.1),
      ],
      [
        try ImplicitStep(tau: 1), try ImplicitStep(tau: 2),
        try ImplicitStep(tau: 1, relaxation: 0.5),
      ],
    ]
    for group in variants {
      let results = try group.map { try run($0) }
      for i in results.indices {
        for j in 0..<i { #expect(distance(results[i][0], results[j][0]) > 1e-6, "\(group[i])") }
      }
      let (one, half) = (try run(group[0]), try run(group[0], factor: 0.5))
      #expect(distance(one[0], half[0]) > 1e-6, "step factor")
    }
  }

  @Test("Numbers out of range are refused", arguments: notPositive)
  func invalid(_ bad: Double) {
    #expect(throws: SolverError.self) { try GradientStep(stepSize: bad) }
    #expect(throws: SolverError.self) { try Momentum(stepSize: bad) }
    #expect(throws: SolverError.self) { try Adam(stepSize: bad) }
    #expect(throws: SolverError.self) { try Adam(epsilon: bad) }
    #expect(throws: SolverError.self) { try ImplicitStep(tau: bad) }
    #expect(throws: SolverError.self) { try ImplicitStep(tau: 1, relaxation: bad) }
    #expect(throws: SolverError.self) { try WeightPenalty(radius: bad) }
    #expect(throws: SolverError.self) { try Nudge(bad) }
    #expect(throws: SolverError.self) { try Nudge.Rescue(strength: bad) }
    #expect(throws: SolverError.self) { try Nudge.Rescue(annealing: bad) }
    #expect(throws: SolverError.self) { try ImplicitStochasticGradient(tau: bad, rounds: 1) }
    #expect(throws: SolverError.self) {
      try ImplicitStochasticGradient(tau: 1, rounds: 1, lossWeight: bad)
    }
    #expect(throws: SolverError.self) { try NudgeCalibration(candidates: [1, bad]) }
    guard bad != 0 else { return }
    #expect(throws: SolverError.self) { try Momentum(stepSize: 1, decay: bad) }
    #expect(throws: SolverError.self) { try Adam(firstDecay: bad) }
    #expect(throws: SolverError.self) { try Adam(secondDecay: bad) }
    #expect(throws: SolverError.self) { try WeightPenalty(decay: bad) }
    #expect(throws: SolverError.self) { try Nudge.Rescue(activeBelow: bad) }
    #expect(throws: SolverError.self) { try NudgeCalibration(agreement: bad) }
  }

  @Test("Decays of one and relaxations above one are refused")
  func aboveOne() {
    #expect(throws: SolverError.self) { try Momentum(stepSize: 1, decay: 1) }
    #expect(throws: SolverError.self) { try Adam(firstDecay: 1) }
    #expect(throws: SolverError.self) { try Adam(secondDecay: 1) }
    #expect(throws: SolverError.self) { try ImplicitStep(tau: 1, relaxation: 1.5) }
    #expect(throws: SolverError.self) { try ImplicitStochasticGradient(tau: 1, rounds: 0) }
  }

  @Test("A weight penalty reads back as it was written, and nothing out of range is read")
  func penaltyDecoding() throws {
    for penalty in [WeightPenalty.standard, try WeightPenalty(decay: 0, radius: 3)] {
      let json = try JSONEncoder().encode(penalty)
      #expect(try JSONDecoder().decode(WeightPenalty.self, from: json) == penalty)
    }
    for text in [#"{"decay": -1}"#, #"{"decay": 0, "radius": 0}"#] {
      #expect(throws: SolverError.self) {
        try JSONDecoder().decode(WeightPenalty.self, from: Data(text.utf8))
      }
    }
  }
}
