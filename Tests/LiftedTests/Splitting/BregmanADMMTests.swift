import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct BregmanADMMTests {
  private let pool = WorkerPool(threads: 1)

  @Test("On a convex one-layer problem it reaches the minimiser of the lifted energy to 1e-8")
  func convex() throws {
    for formula in [Formula.softmax, .sigmoid, .relu] {
      let naive = try Naive([4, 3], [formula])
      let penalty = try WeightPenalty(decay: 0.1)
      let batch = naive.batch(12)
      let energy = try Energy(naive.network, weightPenalty: penalty)
      let descent = try BlockDescent(energy, free: .parameters)
      var exact = descent.start(
        at: try LiftedPoint(
          theta: .random(naive.network), x: [batch.inputs, batch.targets], network: naive.network),
        on: pool)
      for _ in 0..<6000 { try descent.round(&exact, on: pool) }

      let splitting = try BregmanADMM(lambda: 1, tau: 1000, steps: 1)
      let task = SplitTask(naive.network, rho: 0.3, weightPenalty: penalty)
      var point = SplitPoint(
        forward: batch, theta: Parameters<Double>(zerosFor: naive.network), splitting.variables,
        naive.network, on: pool)
      for _ in 0..<3000 { try splitting.sweep(&point, task, on: pool) }
      #expect(distance(point.theta.layers[0][0], exact.point.theta.layers[0][0]) < 1e-8)
      let offsets = (point.theta.layers[0][1], exact.point.theta.layers[0][1])
      if formula == .softmax {
        // A constant on all offsets changes nothing.
        #expect(distance(offsets.0.centred, offsets.1.centred) < 1e-8)
      } else {
        #expect(distance(offsets.0, offsets.1) < 1e-8)
      }
      let sigma = point.z[1].activated(by: naive.network.layers[0].activation, on: pool)
      var residual = batch.targets
      residual.combine(1, -1, sigma)
      #expect(distance(point.p[1], residual) < 1e-8)
    }
  }

  @Test("At rest every constraint holds and p_l = lambda (x_l - sigma(z_l)), in hidden layers too")
  func fixedPoint() throws {
    let naive = try Naive([4, 5, 4, 3], [.tanh, .relu, .softmax])
    let network = try Network(naive.network.layers.map { $0.trainable(false) })
    let splitting = try BregmanADMM(lambda: 2, tau: 1, steps: 30)
    let task = SplitTask(network, rho: 4)
    var point = SplitPoint(
      forward: naive.batch(8), theta: Parameters.random(network), splitting.variables, network,
      on: pool)
    for _ in 0..<4000 { try splitting.sweep(&point, task, on: pool) }
    for l in 1...3 {
      let layer = network.layers[l - 1]
      let z = layer.preactivation(point.theta.layers[l - 1], point.x[l - 1], on: pool)
      #expect(distance(z, point.z[l]) < 1e-8)
      var residual = point.z[l].activated(by: layer.activation, on: pool)
      let lambda = l == 3 ? 1.0 : 2.0
      residual.combine(-lambda, lambda, point.x[l])
      #expect(distance(point.p[l], residual) < 1e-8)
      #expect(residual.squaredNorm > 1e-4)
    }
  }
}

extension Tensor where Scalar == Double {
  /// Less the mean of the elements.
  fileprivate var centred: Tensor {
    let mean = scalars.reduce(0, +) / Double(count)
    return map { $0 - mean }
  }
}
