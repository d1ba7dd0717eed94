import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct InitialisationTests {
  private let network: Network
  private let pool = WorkerPool(threads: 2)

  init() throws { network = try Naive([300, 200, 100], [.relu, .identity]).network }

  private func start(_ rule: Initialisation, seed: UInt64 = 1) throws -> Parameters<Float> {
    try rule.parameters(for: network, seed: seed, probe: normal([64, 300], lane: 1), on: pool)
  }

  static let rules: [(Initialisation, [Double])] = [
    (.he, [2.0 / 300, 2.0 / 200]), (.leCun, [1.0 / 300, 1.0 / 200]),
    (.glorot, [2.0 / 500, 2.0 / 300]),
  ]

  @Test("The variance of each layer's weights is that of the rule", arguments: rules)
  func variances(_ rule: Initialisation, _ expected: [Double]) throws {
    let theta = try start(rule)
    for (layer, variance) in zip(theta.layers, expected) {
      let found = layer[0].squaredNorm / Double(layer[0].count)
      #expect(abs(found / variance - 1) < 5 * (2 / Double(layer[0].count)).squareRoot())
      #expect(layer[1].scalars.allSatisfy { $0 == 0 })
    }
  }

  @Test(
    "The same seed gives the same weights, another seed others", arguments: Initialisation.allCases)
  func seeds(_ rule: Initialisation) throws {
    #expect(try start(rule) == start(rule))
    let (one, two) = (try start(rule, seed: 1), try start(rule, seed: 2))
    #expect(abs(one.cosine(to: two)) < 0.1)
  }

  @Test("Widening one layer leaves the weights of the others")
  func layersAreIndependent() throws {
    let wide = try Naive([400, 200, 100], [.relu, .identity]).network
    let theta: Parameters<Float> = try Initialisation.he.parameters(for: wide, seed: 1, on: pool)
    #expect(try theta.layers[1] == start(.he).layers[1])
  }

  @Test("Data-dependent initialisation gives every unit mean 0 and variance 1 on the probe")
  func dataDependent() throws {
    var probe: Tensor<Double> = normal([128, 300], lane: 1, scale: 3)
    for i in 0..<probe.count { probe.withMutableSpan { $0[i] += 2 } }
    let theta: Parameters<Double> = try Initialisation.dataDependent.parameters(
      for: network, seed: 3, probe: probe, on: pool)
    var states = LayerStates<Double>(for: network, samples: 128)
    states.x[0] = probe
    states.forward(network, theta, on: pool)
    for l in 1...2 {
      for unit in 0..<network.widths[l] {
        let z = (0..<128).map { states.z[l][$0, unit] }
        let mean = z.reduce(0, +) / 128
        let variance = z.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 128
        #expect(abs(mean) < 1e-10 && abs(variance - 1) < 1e-10, "layer \(l), unit \(unit)")
      }
    }
  }

  @Test("Data-dependent initialisation without a probe is refused", arguments: [0, 1])
  func noProbe(_ samples: Int) {
    let probe: Tensor<Float>? = samples == 0 ? nil : normal([samples, 300], lane: 1)
    #expect(throws: SolverError.self) {
      try Initialisation.dataDependent.parameters(for: network, seed: 1, probe: probe, on: pool)
    }
  }

  @Test("A unit that sees no variation is left alone")
  func constantProbe() throws {
    let probe = Tensor<Float>(repeating: 1, shape: [8, 300])
    let theta = try Initialisation.dataDependent.parameters(
      for: network, seed: 1, probe: probe, on: pool)
    #expect(theta.isFinite)
  }
}
