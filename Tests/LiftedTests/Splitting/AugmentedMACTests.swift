import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct AugmentedMACTests {
  private let pool = WorkerPool(threads: 1)

  /// The point at rest with the weights held.
  private func equilibrium(_ network: Network, _ batch: Batch<Double>) throws
    -> (SplitPoint<Double>, SplitTask)
  {
    let frozen = try Network(network.layers.map { $0.trainable(false) })
    let splitting = try AugmentedMAC(tau: 1, steps: 5)
    let task = SplitTask(frozen, rho: 2)
    var point = SplitPoint(
      forward: batch, theta: Parameters.random(network, gain: 0.7), splitting.variables, network,
      on: pool)
    for _ in 0..<2000 { try splitting.sweep(&point, task, on: pool) }
    return (point, task)
  }

  @Test(
    "At rest the weights' gradient is that of back-propagation",
    arguments: [[Formula.identity, .identity, .identity], [.tanh, .sigmoid, .softmax]])
  func backPropagation(formulas: [Formula]) throws {
    let naive = try Naive([4, 6, 5, 3], formulas)
    let batch = naive.batch(7)
    let (point, task) = try equilibrium(naive.network, batch)
    let expected = try BackPropagation().weightGradient(
      of: naive.network, at: point.theta, batch, beta: 1, on: pool)
    let terms = AugmentedTerms<Double>(task)
    let z = terms.preactivations(point, on: pool)
    for l in 1...3 {
      let gradient = naive.network.layers[l - 1].stage.parameterGradient(
        of: terms.residual(l, point, at: z[l], on: pool), at: point.x[l - 1], scale: 1.0 / 7,
        on: pool)
      for (found, exact) in zip(gradient, expected.layers[l - 1]) {
        #expect(distance(found, exact) < 1e-8, "layer \(l)")
        #expect(exact.squaredNorm > 1e-8)
      }
    }
  }

  @Test("The residual is the derivative of the value in the pre-activation's offset")
  func gradient() throws {
    let c = try #require(try SplitCase.all().first { $0.splitting is AugmentedMAC })
    let (terms, start) = (AugmentedTerms<Double>(c.task), c.point())
    let z = terms.preactivations(start, on: pool)
    for l in 1...3 {
      let residual = terms.residual(l, start, at: z[l], on: pool)
      let error = largestSlopeError(of: residual, at: z[l]) {
        terms.value(l, start, at: $0, on: pool)
      }
      #expect(error < 1e-6, "layer \(l)")
    }
  }

  @Test("Every primal block lowers the augmented Lagrangian")
  func descent() throws {
    let c = try #require(try SplitCase.all().first { $0.splitting is AugmentedMAC })
    let task = SplitTask(c.network, rho: 1.5, weightPenalty: try WeightPenalty(decay: 0.01))
    let terms = AugmentedTerms<Double>(task)
    var point = c.point()
    var z = terms.preactivations(point, on: pool)
    var last = c.splitting.value(at: point, task, on: pool)
    func expectLower(_ block: String) {
      let value = c.splitting.value(at: point, task, on: pool)
      #expect(value < last, "\(block)")
      last = value
    }
    for _ in 0..<5 {
      for l in [2, 1] {
        terms.stepVariable(l, &point, &z, on: pool)
        expectLower("x_\(l)")
      }
      for l in [3, 2, 1] {
        try terms.stepWeights(l, tau: 5, &point, &z, on: pool)
        expectLower("theta_\(l)")
      }
      for (kept, exact) in zip(z, terms.preactivations(point, on: pool)) {
        #expect(distance(kept, exact) < 1e-12)
      }
    }
  }
}
