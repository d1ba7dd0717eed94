import Proximal
import Tensors
import Testing

@testable import Lifted

/// Inversion by a signal sent back and Adam, the baseline.
@Suite struct SweepInversionTests {
  private let pool = WorkerPool(threads: 1)

  @Test("Under back-propagation the gradient is that of the forward objective")
  func gradient() throws {
    let inverse = try DeepCase([3, 6, 5, 4], [.tanh, .tanh, .sigmoid], gain: 1)
    let inversion = try SweepInversion(
      inverse.network, inverse.theta, signal: BackPropagation())
    let u: Tensor<Double> = normal([4, 3], lane: 6)
    var state = try inversion.start(from: u, measured: inverse.measured, on: pool)
    var room = state.best.room
    state.states.x[0] = u
    let gradient = try inversion.gradient(&state, on: pool)
    let error = largestSlopeError(of: gradient, at: u) { u in
      inversion.objective.terms(at: u, inverse.measured, &room, on: pool).reduce(0) {
        $0 + $1.residual
      }
    }
    #expect(error < 1e-7)
  }

  @Test("A small nudge of a lifted signal gives nearly the same gradient")
  func signals() throws {
    let inverse = try DeepCase([3, 6, 5, 4], [.tanh, .tanh, .sigmoid], gain: 1)
    func gradient(_ signal: any Signal, _ nudge: Double) throws -> Tensor<Double> {
      let inversion = try SweepInversion(
        inverse.network, inverse.theta, signal: signal, nudge: nudge)
      var state = try inversion.start(
        from: normal([4, 3], lane: 6), measured: inverse.measured, on: pool)
      state.states.x[0] = state.input
      return try inversion.gradient(&state, on: pool)
    }
    let exact = try gradient(BackPropagation(), 1)
    #expect(distance(try gradient(CentredContrast(), 1e-3), exact) < 1e-6)
    let far = distance(try gradient(MirrorSweep(), 1), exact)
    let near = distance(try gradient(MirrorSweep(), 1e-4), exact)
    #expect(far > 1e-3 && near < 1e-3 * far)
  }

  @Test("Inputs of injective networks are recovered, at any number of threads the same")
  func recovery() throws {
    let inverse = try DeepCase([3, 24, 30, 36], [.tanh, .tanh, .identity])
    for signal in [CentredContrast(), BackPropagation()] as [any Signal] {
      let inversion = try SweepInversion(inverse.network, inverse.theta, signal: signal)
      let one = try inverse.run(inversion, steps: 400)
      #expect(distance(one.u, inverse.truth) < 1e-6)
      #expect(one.consistencyGaps == [0, 0, 0])
      #expect(try inverse.run(inversion, steps: 400, threads: 2).u == one.u)
    }
    let adam = try SweepInversion(
      inverse.network, inverse.theta, step: .adam(Adam(stepSize: 0.02)))
    #expect(distance(try inverse.run(adam, steps: 1500).u, inverse.truth) < 1e-2)
  }

  @Test("With a regulariser the rest is stationary: u = prox(u - g / M)")
  func stationary() throws {
    let inverse = try DeepCase([3, 12, 14, 16], [.tanh, .tanh, .identity])
    let inversion = try SweepInversion(
      inverse.network, inverse.theta, inputPenalty: InputPenalty(alpha: 0.3, L1Norm()),
      signal: BackPropagation())
    var state = try inversion.start(from: .adjoint, measured: inverse.noisy, on: pool)
    for _ in 0..<2000 { try inversion.step(&state, on: pool) }
    state.states.x[0] = state.input
    var moved = try inversion.gradient(&state, on: pool)
    moved.combine(-0.01, 1, state.input)
    moved = moved.map { ($0 < 0 ? -1 : 1) * max(abs($0) - 0.003, 0) }
    #expect(distance(moved, state.input) < 1e-9)
  }

  @Test("Rows do not depend on the batch, and a copied state goes on the same")
  func rows() throws {
    let inverse = try DeepCase()
    let inversion = try SweepInversion(
      inverse.network, inverse.theta, inputPenalty: InputPenalty(alpha: 0.1, SlowSquare(calls: 2)))
    let together = try inverse.run(inversion, steps: 60)
    for i in 0..<4 {
      var state = try inversion.start(
        from: .zero, measured: inverse.measured.rows(i..<(i + 1)), on: pool)
      let alone = try inversion.run(&state, until: StopRule(maximumIterations: 60), on: pool)
      #expect(distance(alone.u, together.u.rows(i..<(i + 1))) < 1e-9)
    }
    var state = try inversion.start(from: .zero, measured: inverse.measured, on: pool)
    for _ in 0..<23 {
      _ = try inversion.advance(&state, by: StopRule(maximumIterations: 60), on: pool)
    }
    #expect(
      try inversion.run(&state, until: StopRule(maximumIterations: 60), on: pool).u == together.u)
  }

  @Test("Adam stays where the regulariser is finite")
  func domain() throws {
    let inverse = try DeepCase()
    let inversion = try SweepInversion(
      inverse.network, inverse.theta, inputPenalty: InputPenalty(alpha: 0.1, Box(-0.4...0.4)),
      signal: BackPropagation(), step: .adam(Adam(stepSize: 0.1)))
    let found = try inverse.run(inversion, steps: 100, from: .adjoint)
    #expect(found.reason == .maximumIterations && found.iterations == 100)
    #expect(
      found.u.scalars.allSatisfy { abs($0) <= 0.4 } && found.u.scalars.contains { abs($0) == 0.4 })
  }

  @Test("Every option changes something and bad ones are refused")
  func options() throws {
    let inverse = try DeepCase()
    let penalty = try InputPenalty(alpha: 0.1, SlowSquare())
    func answer(
      _ signal: any Signal = CentredContrast(), _ step: InputStep = .accelerated,
      nudge: Double = 1
    ) throws -> Tensor<Double> {
      try inverse.run(
        try SweepInversion(
          inverse.network, inverse.theta, inputPenalty: penalty, signal: signal, step: step,
          nudge: nudge), steps: 30, from: .adjoint
      ).u
    }
    let answers = [
      try answer(), try answer(BackPropagation()), try answer(MirrorSweep()), try answer(nudge: 3),
      try answer(CentredContrast(), .adam(Adam(stepSize: 0.1))),
      try answer(CentredContrast(), .adam(Adam(stepSize: 0.05))),
      try answer(CentredContrast(), .adam(Adam(stepSize: 0.05), smoothing: 1)),
    ]
    for (i, one) in answers.enumerated() {
      for other in answers[..<i] { #expect(distance(one, other) > 1e-8) }
    }
    for bad in notPositive {
      #expect(throws: SolverError.self) { try answer(nudge: bad) }
      #expect(throws: SolverError.self) {
        try answer(CentredContrast(), .adam(Adam(), smoothing: bad))
      }
    }
    #expect(throws: SolverError.self) {
      try SweepInversion(inverse.network, inverse.theta, judgementInterval: 0)
    }
  }
}
