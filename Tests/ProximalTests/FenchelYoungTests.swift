import Proximal
import RealModule
import Tensors
import Testing

/// Penalties that are losses with names, against the textbook formula.
@Suite struct FenchelYoungTests {
  @Test("The sigmoid's penalty at a label is the logistic loss")
  func logisticLoss() {
    for z in [-50, -3, -0.2, 0, 0.7, 4, 60] as [Double] {
      #expect(isClose([Sigmoid().bregman(1, z)], [.log(onePlus: .exp(-z))], 1e-14))
      #expect(isClose([Sigmoid().bregman(0, z)], [.log(onePlus: .exp(z))], 1e-14))
    }
  }

  @Test("The sigmoid's penalty is the Bernoulli Kullback-Leibler divergence, and tanh's too")
  func bernoulli() {
    for (y, z) in pairs([0.01, 0.3, 0.5, 0.99], [-3, -0.2, 0, 0.7, 4], Double.self) {
      let q = 1 / (1 + .exp(-z))
      let divergence: Double = y * .log(y / q) + (1 - y) * .log((1 - y) / (1 - q))
      #expect(abs(Sigmoid().bregman(y, z) - divergence) <= 1e-14 * (1 + abs(z)))
      #expect(abs(Tanh().bregman(2 * y - 1, z / 2) - divergence) <= 1e-14 * (1 + abs(z)))
    }
  }

  @Test("Softmax's penalty at a one-hot label is the cross-entropy")
  func crossEntropy() {
    let z: [Double] = [1.2, -0.7, 3.3, 0.1]
    let sum = z.map { Double.exp($0) }.reduce(0, +)
    for k in z.indices {
      let label = z.indices.map { $0 == k ? 1.0 : 0.0 }
      #expect(isClose([Softmax().bregman(label, z)], [.log(sum) - z[k]], 1e-14))
      let shifted = z.map { $0 + 1000 }
      #expect(isClose([Softmax().bregman(label, shifted)], [.log(sum) - z[k]], 1e-12))
    }
    let far: [Double] = [0, 2000, -1000]
    #expect(Softmax().bregman([1.0, 0, 0], far) == 2000)
  }

  @Test("Sparsemax's penalty at a one-hot label is the sparsemax loss")
  func sparsemaxLoss() {
    let z: [Double] = [1.2, 0.9, -0.7, 1.0]
    // Support {0, 1, 3}: tau = (3.1 - 1)/3.
    let tau = (1.2 + 0.9 + 1.0 - 1) / 3
    for k in z.indices {
      let label = z.indices.map { $0 == k ? 1.0 : 0.0 }
      let half = [1.2, 0.9, 1.0].map { ($0 * $0 - tau * tau) / 2 }.reduce(0, +)
      #expect(isClose([Sparsemax().bregman(label, z)], [half + 0.5 - z[k]], 1e-14))
    }
  }

  @Test("ReLU's penalty splits into active and inactive part")
  func rectifier() {
    for (y, z) in pairs([0, 0.4, 3], [-2, 0, 1.5], Double.self) {
      let (plus, minus) = (max(z, 0), max(-z, 0))
      #expect(ReLU().bregman(y, z) == (y - plus) * (y - plus) / 2 + y * minus)
    }
  }
}
