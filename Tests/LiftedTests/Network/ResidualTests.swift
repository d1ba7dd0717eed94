import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct ResidualTests {
  private let pool = WorkerPool(threads: 2)

  private func network() throws -> Network {
    try Network {
      try dense(5, 4, Tanh())
      try residual(4, hidden: 3, ReLU())
      try residual(Dense(4, 4), Tanh(), back: Pass(4))
      try residual(Dense(4, 3), ReLU(), back: Dense(3, 2), skip: Dense(4, 2))
      try dense(2, 3, Softmax())
    }
  }

  @Test("A block computes u + V sigma(W u + b) + c")
  func forward() throws {
    let network = try Network { try residual(4, hidden: 3, ReLU()) }
    let theta = Parameters<Double>.random(network)
    var states = LayerStates<Double>(for: network, samples: 6)
    states.x[0] = normal([6, 4], lane: 1)
    states.forward(network, theta, on: pool)
    let (w, b, v, c) = (
      theta.layers[0][0], theta.layers[0][1], theta.layers[1][0], theta.layers[1][1]
    )
    for i in 0..<6 {
      let u = (0..<4).map { states.x[0][i, $0] }
      let z = (0..<3).map { j in max(0, (0..<4).reduce(b[j]) { $0 + w[j, $1] * u[$1] }) }
      for j in 0..<4 {
        let expected = (0..<3).reduce(u[j] + c[j]) { $0 + v[j, $1] * z[$1] }
        #expect(abs(states.x[2][i, j] - expected) < 1e-13)
      }
    }
  }

  @Test(
    "A weakly nudged sweep gives the gradient of back-propagation, which is the slope of the loss")
  func gradient() throws {
    let network = try network()
    let theta = Parameters<Double>.random(network)
    let batch = Batch<Double>(inputs: normal([7, 5], lane: 2), targets: oneHot(7, classes: 3))
    let exact = try BackPropagation().weightGradient(
      of: network, at: theta, batch, beta: 1, on: pool)
    let lifted = try CentredContrast().weightGradient(
      of: network, at: theta, batch, beta: 1e-4, on: pool)
    #expect(lifted.cosine(to: exact) > 0.9999)
    for l in [1, 2, 3, 6] {
      let error = largestSlopeError(of: exact.layers[l][0], at: theta.layers[l][0]) { moved in
        var theta = theta
        theta.layers[l][0] = moved
        var states = LayerStates<Double>(for: network, samples: 7)
        return states.forwardLoss(batch, network, theta, on: pool) / 7
      }
      #expect(error < 1e-7, "layer \(l + 1)")
    }
  }

  @Test(
    "Without the copy of u the energy is that of the compact form",
    arguments: [(1.0, 1.0), (0.5, 4)])
  func compactForm(_ lambda: Double, _ rho: Double) throws {
    let network = try Network { try residual(4, hidden: 3, ReLU()) }
    let energy = try Energy(network, weights: [lambda, rho], weightPenalty: .none)
    let theta = Parameters<Double>.random(network)
    let (u, next): (Tensor<Double>, Tensor<Double>) = (
      normal([1, 4], lane: 4), normal([1, 4], lane: 5)
    )
    let z = Tensor<Double>(rows: [[0.3, 0, 1.2]])
    let dense = try Dense(4, 3)
    var a = dense.applied(theta.layers[0], to: u, on: pool)
    for j in 0..<3 { a[0, j] += theta.layers[0][1][j] }
    var q = next
    let vz = try Dense(3, 4).applied(theta.layers[1], to: z, on: pool)
    for j in 0..<4 { q[0, j] -= u[0, j] + vz[0, j] + theta.layers[1][1][j] }
    let bregman = (0..<3).reduce(0) { sum, j in
      sum + ReLU().bregman([z[0, j]], [a[0, j]], count: 1)
    }
    let compact = lambda * bregman + lambda * rho / (lambda + rho) / 2 * q.squaredNorm
    // The minimising copy is u moved towards what the join asks for.
    var copy = u
    copy.combine(1, rho / (lambda + rho), q)
    func value(_ copy: Tensor<Double>) throws -> Double {
      var state = Tensor<Double>(shape: [1, 7])
      state.setColumns(from: 0, to: copy, on: pool)
      state.setColumns(from: 4, to: z, on: pool)
      let point = try LiftedPoint(theta: theta, x: [u, state, next], network: network)
      return energy.value(at: point, on: pool).total
    }
    #expect(abs(try value(copy) - compact) < 1e-12)
    #expect(try value(u) > compact)
  }
}
