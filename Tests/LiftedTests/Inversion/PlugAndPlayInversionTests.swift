import Proximal
import Tensors
import Testing

@testable import Lifted

/// The denoiser that is the proximal map of `1/2 ||u||^2` for noise of variance `t`.
private struct Shrinkage: Denoiser {
  func check(columns: Int) throws(ProximalError) {
    guard columns.isMultiple(of: 3) else {
      throw .columns(columns, of: "Shrinkage", needs: "a multiple of 3")
    }
  }

  func denoise<S: TensorScalar>(_ u: inout Tensor<S>, sigma: S, on pool: WorkerPool) {
    u.scale(by: 1 / (1 + sigma * sigma))
  }
}

/// A denoiser in place of the input's proximal map.
@Suite struct PlugAndPlayInversionTests {
  private let pool = WorkerPool(threads: 1)

  @Test("A denoiser that is a proximal map gives the iterates of its regulariser")
  func proximal() throws {
    let inverse = try DeepCase([3, 24, 30, 36], [.tanh, .tanh, .identity])
    let known = try InputPenalty(alpha: 0.3, Tikhonov())
    let plugged = try InputPenalty(alpha: 0.3, try PlugAndPlay(Shrinkage()))
    func pair(
      _ run: (InputPenalty) throws -> Tensor<Double>
    ) throws -> (Tensor<Double>, Tensor<Double>) { (try run(known), try run(plugged)) }

    let sweeps = try pair { penalty in
      let inversion = try SweepInversion(inverse.network, inverse.theta, inputPenalty: penalty)
      var state = try inversion.start(
        from: Tensor(shape: inverse.truth.shape), measured: inverse.measured, on: pool)
      for _ in 0..<300 { try inversion.step(&state, on: pool) }
      return state.input
    }
    #expect(distance(sweeps.0, sweeps.1) < 1e-12)
    let joint = try pair { penalty in
      let inversion = try DeepInversion(
        inverse.network, inverse.theta, inputPenalty: penalty, on: pool)
      var state = try inversion.start(
        from: Tensor(shape: inverse.truth.shape), measured: inverse.measured, on: pool)
      for _ in 0..<300 { inversion.step(&state, on: pool) }
      return state.x[0]
    }
    #expect(distance(joint.0, joint.1) < 1e-12)
    // Without it the answer is another one, and twice as strong a denoiser shrinks more.
    let strong = try SweepInversion(
      inverse.network, inverse.theta,
      inputPenalty: InputPenalty(alpha: 0.3, try PlugAndPlay(Shrinkage(), strength: 2)))
    #expect(
      try inverse.run(strong, steps: 300).u.squaredNorm < 0.9 * sweeps.1.squaredNorm)
  }

  @Test("Nothing is compared: the newest input is the answer, and the energy counts no prior")
  func newest() throws {
    let inverse = try DeepCase([3, 24, 30, 36], [.tanh, .tanh, .identity])
    let penalty = try InputPenalty(alpha: 3, try PlugAndPlay(Shrinkage()))
    let inversion = try SweepInversion(inverse.network, inverse.theta, inputPenalty: penalty)
    // From the truth every step raises the residual.
    var state = try inversion.start(from: inverse.truth, measured: inverse.measured, on: pool)
    let result = try inversion.run(&state, until: StopRule(maximumIterations: 50), on: pool)
    #expect(result.u == state.input)
    #expect(result.regularisers.allSatisfy { $0 == 0 })
    #expect(result.residuals.allSatisfy { $0 > 1e-3 })
    let valued = try SweepInversion(
      inverse.network, inverse.theta, inputPenalty: InputPenalty(alpha: 3, Tikhonov()))
    #expect(valued.objective.canCompare && !inversion.objective.canCompare)
  }

  @Test("Rows that a denoiser does not take, and the solvers of a single layer, are refused")
  func refusals() throws {
    let penalty = try InputPenalty(alpha: 1, try PlugAndPlay(Shrinkage()))
    let narrow = try Network { try dense(4, 5, Identity()) }
    #expect(throws: SolverError.self) {
      try SweepInversion(narrow, Parameters<Double>.random(narrow), inputPenalty: penalty)
    }
    let fitting = try Network { try dense(3, 5, Identity()) }
    let theta = Parameters<Double>.random(fitting)
    let error = #expect(throws: SolverError.self) {
      try LayerInversion(
        fitting.layers[0], theta: theta.layers[0], measurements: normal([2, 5], lane: 1), penalty,
        on: pool)
    }
    #expect(error?.description.contains("SweepInversion") == true)
    _ = try SweepInversion(fitting, theta, inputPenalty: penalty)
  }
}
