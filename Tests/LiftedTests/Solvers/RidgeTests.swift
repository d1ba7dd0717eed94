import Proximal
import Tensors
import Testing

@testable import Lifted

/// One linear layer is ridge regression, which has a closed form.
@Suite struct RidgeTests {
  private let samples = 40
  private let inputs = 5
  private let outputs = 3
  private let lambda = 1.7
  private let pool = WorkerPool(threads: 1)

  /// Minimises `lambda/(2 s) ||X W^T + 1 b^T - Y||^2 + decay/2 ||W||^2 + 1/(2 tau) ||theta - theta_0||^2`
  /// by the normal equations.
  private func closedForm(
    _ x: Tensor<Double>, _ y: Tensor<Double>, decay: Double, pull: Double, anchor: [Tensor<Double>]
  ) throws -> [Tensor<Double>] {
    let n = inputs + 1
    let scale = lambda / Double(samples)
    let xb = x.appendingOnes()
    var a = Tensor<Double>(shape: [n, n])
    var right = Tensor<Double>(shape: [n, outputs])
    for j in 0..<n {
      for i in 0..<samples {
        for k in 0..<n { a[j, k] += scale * xb[i, j] * xb[i, k] }
        for unit in 0..<outputs { right[j, unit] += scale * xb[i, j] * y[i, unit] }
      }
      a[j, j] += pull + (j < inputs ? decay : 0)
      for unit in 0..<outputs {
        right[j, unit] += pull * (j < inputs ? anchor[0][unit, j] : anchor[1][unit])
      }
    }
    try a.invertPositiveDefinite(adding: 0, what: "test")
    var (w, b) = (Tensor<Double>(shape: [outputs, inputs]), Tensor<Double>(shape: [outputs]))
    for unit in 0..<outputs {
      for j in 0..<inputs { w[unit, j] = (0..<n).reduce(0) { $0 + a[j, $1] * right[$1, unit] } }
      b[unit] = (0..<n).reduce(0) { $0 + a[inputs, $1] * right[$1, unit] }
    }
    return [w, b]
  }

  private func check(
    _ update: WeightMoves, decay: Double, anchorTau: Double? = nil, rounds: Int
  ) throws {
    let network = try Naive([inputs, outputs], [.identity]).network
    let theta = Parameters<Double>.random(network)
    let x: Tensor<Double> = normal([samples, inputs], lane: 1)
    let y: Tensor<Double> = normal([samples, outputs], lane: 2)
    let descent = try BlockDescent(
      Energy(network, weights: [lambda], weightPenalty: WeightPenalty(decay: decay)),
      free: .parameters, parameterSolver: try update.solver, anchorTau: anchorTau)
    var state = descent.start(
      at: try LiftedPoint(theta: theta, x: [x, y], network: network), on: pool)
    for _ in 0..<rounds { try descent.round(&state, on: pool) }
    let expected = try closedForm(
      x, y, decay: decay, pull: anchorTau.map { 1 / $0 } ?? 0, anchor: theta.layers[0])
    #expect(distance(state.point.theta.layers[0][0], expected[0]) < 1e-8)
    #expect(distance(state.point.theta.layers[0][1], expected[1]) < 1e-8)
  }

  @Test("Gradient steps reach ridge regression", arguments: [0, 0.3])
  func gradient(_ decay: Double) throws { try check(.gradient, decay: decay, rounds: 3000) }

  @Test("Majorising steps reach ridge regression", arguments: [0, 0.3], [0.5, 50])
  func majorise(_ decay: Double, _ tau: Double) throws {
    try check(.majorise(tau: tau, relaxation: 1), decay: decay, rounds: 400)
  }

  @Test("Relaxed majorising steps reach ridge regression")
  func relaxed() throws { try check(.majorise(tau: 5, relaxation: 0.4), decay: 0.3, rounds: 600) }

  @Test("Anchored steps reach ridge regression towards the anchor", arguments: [0.1, 1, 10])
  func anchored(_ tau: Double) throws {
    try check(.gradient, decay: 0.2, anchorTau: tau, rounds: 3000)
  }
}
