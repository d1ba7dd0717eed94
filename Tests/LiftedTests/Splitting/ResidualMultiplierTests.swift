import Proximal
import Tensors
import Testing

@testable import Lifted

/// Multipliers on the layers of residual blocks: the copy of `u`, the branch and the sum.
@Suite struct ResidualMultiplierTests {
  private let pool = WorkerPool(threads: 1)
  private let batch = Batch<Double>(
    inputs: normal([7, 4], lane: 2), targets: oneHot(7, classes: 3))

  private func network(trainable: Bool) throws -> Network {
    let network = try Network {
      try residual(4, hidden: 5, Tanh())
      try residual(Dense(4, 4), Tanh(), back: Pass(4))
      try dense(4, 3, Softmax())
    }
    return try Network(network.layers.map { $0.trainable(trainable) })
  }

  @Test("At rest with the weights held their gradient is that of back-propagation")
  func backPropagation() throws {
    let network = try network(trainable: false)
    let splitting = try AugmentedMAC(tau: 1, steps: 5)
    let task = SplitTask(network, rho: 2)
    var point = SplitPoint(
      forward: batch, theta: Parameters.random(network, gain: 0.5), splitting.variables, network,
      on: pool)
    for _ in 0..<3000 { try splitting.sweep(&point, task, on: pool) }
    let expected = try BackPropagation().weightGradient(
      of: network, at: point.theta, batch, beta: 1, on: pool)
    let terms = AugmentedTerms<Double>(task)
    let z = terms.preactivations(point, on: pool)
    for l in 1...network.depth {
      let gradient = network.layers[l - 1].stage.parameterGradient(
        of: terms.residual(l, point, at: z[l], on: pool), at: point.x[l - 1], scale: 1.0 / 7,
        on: pool)
      for (found, exact) in zip(gradient, expected.layers[l - 1]) {
        #expect(distance(found, exact) < 1e-7, "layer \(l)")
        #expect(exact.squaredNorm > 1e-9)
      }
    }
  }

  @Test("At rest every layer's constraint holds, and p_l = lambda (x_l - sigma(z_l)) in branches")
  func constraints() throws {
    let network = try network(trainable: false)
    let splitting = try BregmanADMM(lambda: 2, tau: 1, steps: 30)
    let task = SplitTask(network, rho: 4)
    var point = SplitPoint(
      forward: batch, theta: Parameters.random(network, gain: 0.5), splitting.variables, network,
      on: pool)
    for _ in 0..<4000 { try splitting.sweep(&point, task, on: pool) }
    var largest = 0.0
    for l in 1...network.depth {
      let layer = network.layers[l - 1]
      let z = layer.preactivation(point.theta.layers[l - 1], point.x[l - 1], on: pool)
      #expect(distance(z, point.z[l]) < 1e-8)
      guard l < network.depth else { continue }
      var residual = point.x[l]
      residual.combine(2, -2, point.z[l].activated(by: layer.activation, on: pool))
      #expect(distance(point.p[l], residual) < 1e-7)
      largest = max(largest, residual.squaredNorm)
    }
    #expect(largest > 1e-6)
  }

  @Test("Training by multipliers lowers the loss of the network itself", arguments: [true, false])
  func training(_ bregman: Bool) throws {
    let network = try network(trainable: true)
    let splitting: any Splitting =
      bregman ? try BregmanADMM(lambda: 1, tau: 3, steps: 5) : try AugmentedMAC(tau: 1, steps: 3)
    let task = SplitTask(network, rho: 1)
    let theta = Parameters<Double>.random(network, gain: 0.5)
    func loss(_ theta: Parameters<Double>) -> Double {
      var states = LayerStates<Double>(for: network, samples: 7)
      return states.forwardLoss(batch, network, theta, on: pool) / 7
    }
    var point = SplitPoint(forward: batch, theta: theta, splitting.variables, network, on: pool)
    for _ in 0..<200 { try splitting.sweep(&point, task, on: pool) }
    #expect(loss(point.theta) < 0.5 * loss(theta))
  }
}
