import Proximal
import Tensors
import Testing

@testable import Lifted

/// Every option changes something, every rule stops, and bad input is refused.
@Suite struct DeepInversionOptionTests {
  private let pool = WorkerPool(threads: 1)

  @Test("Every option changes the answer")
  func options() throws {
    let inverse = try DeepCase()
    let plain = try inverse.run(try inverse.inversion(), steps: 30).u
    let others = [
      try inverse.inversion(weights: .constant), try inverse.inversion(weights: .balanced(by: 3)),
      try inverse.inversion(weights: .given([1, 2, 3])), try inverse.inversion(sweep: .forward),
      try inverse.inversion(sweep: .jacobi), try inverse.inversion(sweep: .redBlack),
      try inverse.inversion(accelerated: false), try inverse.inversion(forwardRestart: 7),
      try inverse.inversion(judgementInterval: 30, penalty: LiftedPenalty()),
    ]
    for other in others {
      #expect(distance(try inverse.run(other, steps: 30).u, plain) > 1e-6)
    }
    let tikhonov = try InputPenalty(alpha: 0.1, SlowSquare())
    let regularised = try DeepInversion(
      inverse.network, inverse.theta, inputPenalty: tikhonov, on: pool)
    #expect(distance(try inverse.run(regularised, steps: 30).u, plain) > 1e-3)
    let judged = try inverse.run(try inverse.inversion(judgementInterval: 3), steps: 30)
    #expect(judged.history.map(\.iteration) == Array(stride(from: 0, through: 30, by: 3)))
  }

  @Test("Starts differ, and a given one is taken as it is")
  func starts() throws {
    let inverse = try DeepCase()
    let inversion = try inverse.inversion()
    let truth = try inversion.start(
      from: .given(inverse.truth), measured: inverse.measured, on: pool)
    #expect(truth.input == inverse.truth && truth.best.terms.allSatisfy { $0.residual < 1e-20 })
    let zero = try inversion.start(from: .zero, measured: inverse.measured, on: pool)
    let adjoint = try inversion.start(from: .adjoint, measured: inverse.measured, on: pool)
    #expect(zero.input.squaredNorm == 0 && adjoint.input.squaredNorm > 0)
    // W_1^T W_2^T W_3^T f over the squared norms.
    for i in 0..<4 {
      var r = inverse.measured.row(i)
      for l in [3, 2, 1] {
        let w = inverse.theta.layers[l - 1][0]
        r = (0..<w.columns).map { j in
          r.indices.reduce(0) { $0 + w[$1, j] * r[$1] }
            / inversion.objective.squaredNorms(on: pool)[l - 1]
        }
      }
      for j in r.indices { #expect(abs(adjoint.input[i, j] - r[j]) < 1e-12) }
    }
  }

  @Test("Balanced weights do not see how scale is spread over homogeneous layers")
  func homogeneity() throws {
    let inverse = try DeepCase()
    var scaled = inverse.theta
    for slot in 0..<2 { scaled.layers[0][slot].scale(by: 3) }
    scaled.layers[1][0].scale(by: 1 / 3)
    let other = DeepCase(inverse, theta: scaled)
    #expect(distance(other.measured, inverse.measured) < 1e-12)
    for (weights, isInvariant) in [(LayerWeights.balanced(by: 4), true), (.growing(by: 4), false)] {
      let difference = distance(
        try inverse.run(try inverse.inversion(weights: weights), steps: 20).u,
        try other.run(try other.inversion(weights: weights), steps: 20).u)
      #expect((difference < 1e-9) == isInvariant, "\(weights): \(difference)")
    }
  }

  @Test("Each rule stops with its reason")
  func stops() throws {
    let inverse = try DeepCase()
    let inversion = try inverse.inversion(judgementInterval: 5)
    func reason(_ rule: StopRule, _ f: Tensor<Double>? = nil) throws -> (StopReason, Int) {
      var state = try inversion.start(from: .zero, measured: f ?? inverse.measured, on: pool)
      let result = try inversion.run(&state, until: rule, on: pool)
      return (result.reason, result.iterations)
    }
    #expect(try reason(StopRule(maximumIterations: 12)) == (.maximumIterations, 12))
    #expect(
      try reason(StopRule(maximumIterations: 900, maximumGradientEvaluations: 7))
        == (.maximumGradientEvaluations, 7))
    let settled = try reason(StopRule(maximumIterations: 9000, tolerance: 1e-3), inverse.noisy)
    #expect(settled.0 == .tolerance && settled.1 < 9000)
    let patient = try reason(StopRule(maximumIterations: 9000, patience: 40), inverse.noisy)
    #expect(patient.0 == .patience && patient.1 < 9000)
    let drift = try reason(
      StopRule(maximumIterations: 9000, forwardLossGrowth: 1 + 1e-9), inverse.noisy)
    #expect(drift.0 == .forwardLossGrowth && drift.1 < 9000)
    var state = try inversion.start(from: .zero, measured: inverse.measured, on: pool)
    let rule = try StopRule(maximumIterations: 9, maximumSeconds: 2)
    let early = try inversion.advance(&state, by: rule, seconds: 1, on: pool)
    let late = try inversion.advance(&state, by: rule, seconds: 2, on: pool)
    #expect(early == nil && late == .maximumSeconds)
  }

  @Test("Each row comes to its own end, whatever else is in the batch")
  func rowsEnd() throws {
    let inverse = try DeepCase()
    let inversion = try inverse.inversion()
    let rule = try StopRule(maximumIterations: 3000, tolerance: 1e-2)
    func run(_ f: Tensor<Double>) throws -> NetworkInversionResult<Double> {
      var state = try inversion.start(from: .zero, measured: f, on: pool)
      return try inversion.run(&state, until: rule, on: pool)
    }
    let together = try run(inverse.noisy)
    let alone = try (0..<4).map { try run(inverse.noisy.rows($0..<($0 + 1))) }
    #expect(Set(alone.map(\.iterations)).count > 1)
    #expect(together.iterations == alone.map(\.iterations).max())
    for (i, one) in alone.enumerated() {
      #expect(distance(one.u, together.u.rows(i..<(i + 1))) < 1e-9)
    }
  }

  @Test("What cannot be inverted is refused at once, with the row")
  func refusals() throws {
    let inverse = try DeepCase()
    let inversion = try inverse.inversion()
    func message(_ u: Tensor<Double>, _ f: Tensor<Double>) -> String {
      do throws(SolverError) {
        _ = try inversion.start(from: u, measured: f, on: pool)
        return "accepted"
      } catch { return error.description }
    }
    let (u, f) = (Tensor<Double>(shape: [4, 3]), inverse.measured)
    #expect(message(u, f) == "accepted")
    var broken = (u, f)
    broken.0[2, 1] = .nan
    broken.1[3, 0] = .infinity
    #expect(message(broken.0, f).contains("row 2 of the start"))
    #expect(message(u, broken.1).contains("row 3 of the measurements"))
    #expect(message(Tensor(shape: [4, 2]), f).contains("start"))
    #expect(message(u, Tensor(shape: [4, 5])).contains("measurements"))
    let relu = try DeepCase([3, 5, 4], [.relu, .relu])
    let positive = try relu.inversion()
    let negative = relu.measured.scaled(by: -1)
    #expect(throws: SolverError.self) {
      try positive.start(from: InversionStart.zero, measured: negative, on: pool)
    }
    var theta = inverse.theta
    theta.layers[1][0][0, 0] = .nan
    #expect(throws: SolverError.self) { try DeepInversion(inverse.network, theta, on: pool) }
    #expect(throws: SolverError.self) { try inverse.inversion(forwardRestart: 0) }
    #expect(throws: SolverError.self) { try inverse.inversion(judgementInterval: 0) }
    #expect(throws: SolverError.self) { try inverse.inversion(weights: .given([1, 2])) }
    #expect(throws: SolverError.self) { try inverse.inversion(penalty: MACPenalty()) }
    for bad in notPositive {
      #expect(throws: SolverError.self) { try inverse.inversion(weights: .growing(by: bad)) }
      #expect(throws: SolverError.self) { try inverse.inversion(weights: .balanced(by: bad)) }
      #expect(throws: SolverError.self) { try inverse.inversion(weights: .given([1, bad, 1])) }
    }
  }

  @Test("Layers of zeros are no obstacle")
  func zeroWeights() throws {
    let inverse = try DeepCase()
    let inversion = try DeepInversion(
      inverse.network, Parameters<Double>(zerosFor: inverse.network), on: pool)
    var state = try inversion.start(from: .zero, measured: inverse.measured, on: pool)
    for _ in 0..<5 { inversion.step(&state, on: pool) }
    #expect(state.x.allSatisfy { $0.isFinite })
  }
}

extension DeepCase {
  /// Measurements that no input gives.
  var noisy: Tensor<Double> {
    var f = measured
    f.combine(1, 0.2, normal(f.shape, lane: 9))
    return f
  }
}
