import Proximal
import Tensors
import Testing

@testable import Lifted

/// Inversion by a signal sent back and Adam, the baseline.
@Suite struct SweepInversionTests {
  private let pool = WorkerPool(threads: 1)

  @Test("Under back-propagation the gradient is that of the forward objective", arguments: [0, 0.7])
  func gradient(_ alpha: Double) throws {
    let inverse = try DeepCase([3, 6, 5, 4], [.tanh, .tanh, .sigmoid], gain: 1)
    let penalty = alpha > 0 ? try InputPenalty(alpha: alpha, SlowSquare()) : nil
    let smoothing = 0.3
    let inversion = try SweepInversion(
      inverse.network, inverse.theta, inputPenalty: penalty, adam: Adam(), smoothing: smoothing)
    let u: Tensor<Double> = normal([4, 3], lane: 6)
    var state = try inversion.start(from: u, measured: inverse.measured, on: pool)
    var room = state.best.room
    let plain = try ForwardObjective(inverse.network, inverse.theta)
    try inversion.step(&state, on: pool)
    let error = largestSlopeError(of: state.gradient, at: u) { u in
      let terms = plain.terms(at: u, inverse.measured, &room, on: pool)
      // The envelope of 1/2 ||u||^2 is 1/2 ||u||^2 / (1 + s).
      return terms.reduce(alpha * u.squaredNorm / 2 / (1 + smoothing)) { $0 + $1.residual }
    }
    #expect(error < (alpha > 0 ? 1e-4 : 1e-7))
  }

  @Test("A small nudge of a lifted signal gives nearly the same gradient")
  func signals() throws {
    let inverse = try DeepCase([3, 6, 5, 4], [.tanh, .tanh, .sigmoid], gain: 1)
    func gradient(_ signal: any Signal, _ nudge: Double) throws -> Tensor<Double> {
      let inversion = try SweepInversion(
        inverse.network, inverse.theta, signal: signal, adam: Adam(), nudge: nudge)
      var state = try inversion.start(
        from: normal([4, 3], lane: 6), measured: inverse.measured, on: pool)
      try inversion.step(&state, on: pool)
      return state.gradient
    }
    let exact = try gradient(BackPropagation(), 1)
    #expect(distance(try gradient(CentredContrast(), 1e-3), exact) < 1e-6)
    let far = distance(try gradient(MirrorSweep(), 1), exact)
    let near = distance(try gradient(MirrorSweep(), 1e-4), exact)
    #expect(far > 1e-3 && near < 1e-3 * far)
  }

  @Test("It recovers inputs, keeps the best and is the same at any number of threads")
  func recovery() throws {
    let inverse = try DeepCase([3, 24, 30, 36], [.tanh, .tanh, .identity])
    let inversion = try SweepInversion(
      inverse.network, inverse.theta, adam: Adam(stepSize: 0.02))
    let one = try inverse.run(inversion, steps: 1500)
    #expect(distance(one.u, inverse.truth) < 1e-4)
    #expect(one.consistencyGaps == [0, 0, 0])
    #expect(try inverse.run(inversion, steps: 1500, threads: 2).u == one.u)
    #expect(one.history.map(\.best).min() == one.history.last?.best)
  }

  @Test("Every option changes something and bad ones are refused")
  func options() throws {
    let inverse = try DeepCase()
    let penalty = try InputPenalty(alpha: 0.1, SlowSquare())
    func answer(
      _ signal: any Signal = BackPropagation(), step: Double = 0.1, nudge: Double = 1,
      smoothing: Double = 1e-2
    ) throws -> Tensor<Double> {
      try inverse.run(
        try SweepInversion(
          inverse.network, inverse.theta, inputPenalty: penalty, signal: signal,
          adam: Adam(stepSize: step), nudge: nudge, smoothing: smoothing), steps: 30,
        from: .adjoint
      ).u
    }
    let plain = try answer()
    #expect(distance(plain, try answer(step: 0.05)) > 1e-6)
    #expect(distance(plain, try answer(smoothing: 1)) > 1e-6)
    let mirrored = try answer(MirrorSweep())
    #expect(distance(mirrored, plain) > 1e-6)
    #expect(distance(mirrored, try answer(MirrorSweep(), nudge: 3)) > 1e-6)
    for bad in notPositive {
      #expect(throws: SolverError.self) { try answer(nudge: bad) }
      #expect(throws: SolverError.self) { try answer(smoothing: bad) }
    }
    #expect(throws: SolverError.self) {
      try SweepInversion(inverse.network, inverse.theta, adam: Adam(), judgementInterval: 0)
    }
  }
}
