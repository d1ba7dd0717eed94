import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct ErrorEstimateTests {
  private let pool = WorkerPool(threads: 1)
  private static let (inputs, outputs) = (6, 9)

  private static var activations: [any SeparableActivation] {
    get throws { [ReLU(), try SoftThreshold(alpha: 0.2), Tanh(), try Clip(lower: -0.6, upper: 1)] }
  }

  /// A layer, a source element, and the truth `u = A^T v` that it belongs to under `J = 1/2 ||u||^2`.
  private struct Instance {
    let layer: Layer
    let theta: [Tensor<Double>]
    let source: Tensor<Double>
    let truth: Tensor<Double>
    let clean: Tensor<Double>

    /// Every seventh has no source at all; half of the others have none where the measurement is at an end of
    /// the range, so that their estimate may be finite.
    init(_ number: Int, _ activation: any SeparableActivation, _ pool: WorkerPool) throws {
      layer = try dense(inputs, outputs, activation)
      theta = [
        normal([outputs, inputs], lane: 7000 + UInt64(number), scale: 0.5),
        normal([outputs], lane: 8000 + UInt64(number), scale: 0.4),
      ]
      var v: Tensor<Double> = normal([1, outputs], lane: 9000 + UInt64(number))
      if number % 7 == 0 { v = Tensor(shape: [1, outputs]) }
      let range = activation.range
      let isAdmissible = number % 2 == 0
      var (u, f) = (Tensor<Double>(shape: [1, inputs]), v)
      for _ in 0..<12 {
        layer.stage.adjoint(theta, of: v, into: &u, on: pool, finish: nil)
        f = layer.preactivation(theta, u, on: pool).activated(by: activation, on: pool)
        let ends = (0..<outputs).filter { f[0, $0] <= range.lower || f[0, $0] >= range.upper }
        guard isAdmissible, ends.contains(where: { v[0, $0] != 0 }) else { break }
        for j in ends { v[0, j] = 0 }
      }
      (source, truth, clean) = (v, u, f)
    }
  }

  private struct Verdict {
    var isVacuous = false
    var ratio = 0.0
  }

  private func verdict(_ number: Int, _ activation: any SeparableActivation) throws -> Verdict {
    let instance = try Instance(number, activation, pool)
    let level = [0, 1e-3, 0.05, 0.3][number / 4 % 4]
    var f = instance.clean
    f.combine(1, level, normal(f.shape, lane: 9900 + UInt64(number)))
    f = try MeasurementPreparation().prepare(f, for: activation).measurements
    // Without noise nothing may move, not even away from an end that is only tended to.
    if level == 0 { f = instance.clean }
    let alpha = [0.003, 0.02, 0.2][number / 16 % 3]
    let problem = try LayerInversion(
      instance.layer, theta: instance.theta, measurements: f,
      InputPenalty(alpha: alpha, Tikhonov()), normalisation: number % 3 == 0 ? .mean : .sum,
      on: pool)
    let delta = problem.values(at: instance.truth, on: pool)[0].fidelity
    let estimate = try problem.errorEstimates(
      source: instance.source, deltaSquared: [delta], on: pool)[0]
    let rule = try InversionStopRule(maximumIterations: 20_000, gap: 1e-12, change: 0)
    let u = try StableInversion(FISTA(), until: rule).solve(problem, on: pool).unknowns
    // For 1/2 ||u||^2 the symmetric distance is the squared distance.
    var d = u
    d.combine(1, -1, instance.truth)
    #expect(d.squaredNorm <= estimate.bound + 1e-9, "\(number): \(d.squaredNorm), \(estimate)")
    #expect(estimate.isVacuous == (estimate.burbeaRao == .infinity))
    return Verdict(
      isVacuous: estimate.isVacuous,
      ratio: estimate.bound > 0 ? d.squaredNorm / estimate.bound : 0)
  }

  @Test("The estimate holds in every one of 500 random instances, and is not idle")
  func holds() throws {
    for (index, activation) in try Self.activations.enumerated() {
      let verdicts = try (0..<125).map { try verdict(125 * index + $0, activation) }
      let finite = verdicts.filter { !$0.isVacuous }
      #expect(finite.count >= 30, "\(activation): \(finite.count)")
      #expect((finite.map(\.ratio).max() ?? 0) > 0.05, "an estimate that is never approached")
      let hasEnds = !activation.range.isWhole
      #expect(hasEnds == (finite.count < 125), "\(activation)")
    }
  }

  @Test(
    "For a rectifier it is vacuous exactly where a |v_j| exceeds f_j; its terms are the formula's")
  func rectifier() throws {
    let c = try InversionCase(ReLU())
    let problem = try c.problem(Tikhonov(), alpha: 0.01)
    let a = 0.01 * 24
    var v = Tensor<Double>(shape: c.measurements.shape)
    for j in 0..<v.columns { v[0, j] = 0.999 * c.measurements[0, j] / a * (j % 2 == 0 ? 1 : -1) }
    let finite = try problem.errorEstimates(source: v, deltaSquared: [0.3], on: pool)[0]
    #expect(finite.burbeaRao == 0 && !finite.isVacuous)
    #expect(abs(finite.bound - (0.6 / a + a * v.squaredNorm)) < 1e-12)
    v[0, 1] = 1.001 * c.measurements[0, 1] / a + 1e-6
    let infinite = try problem.errorEstimates(source: v, deltaSquared: [0.3], on: pool)[0]
    #expect(infinite.isVacuous && infinite.bound == .infinity)
  }

  @Test("The recommended alpha makes the bound 2 sqrt 2 delta ||v||, or keeps it finite")
  func recommendation() throws {
    let c = try InversionCase(Identity())
    let v: Tensor<Double> = normal(c.measurements.shape, lane: 3)
    let problem = try c.problem(Tikhonov())
    let alpha = try #require(
      try problem.recommendedAlphas(source: v, deltaSquared: [0.04])[0])
    let best = try problem.with(alpha: alpha).errorEstimates(
      source: v, deltaSquared: [0.04], on: pool)[0]
    let expected = 2 * 2.0.squareRoot() * 0.2 * v.squaredNorm.squareRoot()
    #expect(abs(best.bound - expected) < 1e-12 * expected)
    for factor in [0.5, 2] {
      let other = try problem.with(alpha: factor * alpha)
      #expect(
        try other.errorEstimates(source: v, deltaSquared: [0.04], on: pool)[0].bound > best.bound)
    }

    let rectified = try InversionCase(ReLU())
    let positive = rectified.measurements.map { $0 > 0 ? 5 : 0 }
    let held = try rectified.problem(Tikhonov())
    let small = try #require(
      try held.recommendedAlphas(source: positive, deltaSquared: [100])[0])
    let least = rectified.measurements.scalars.filter { $0 > 0 }.min() ?? 0
    #expect(abs(small - least / 5 / 24) < 1e-15)
    #expect(
      try !held.with(alpha: small * (1 - 1e-9)).errorEstimates(
        source: positive, deltaSquared: [100], on: pool)[0].isVacuous)
    let everywhere = Tensor<Double>(repeating: 1, shape: positive.shape)
    #expect(try held.recommendedAlphas(source: everywhere, deltaSquared: [1]) == [nil])
    #expect(throws: SolverError.self) {
      try held.errorEstimates(source: v.rows(0..<0), deltaSquared: [1], on: pool)
    }
    #expect(throws: SolverError.self) {
      try held.errorEstimates(source: v, deltaSquared: [], on: pool)
    }
  }
}
