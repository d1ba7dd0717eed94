import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct BackPropagationTests {
  private let pool = WorkerPool(threads: 2)

  @Test(
    "The gradient is that of finite differences of the nested loss",
    arguments: Formula.allCases, [Formula.softmax, .identity, .sigmoid])
  func finiteDifferences(_ hidden: Formula, _ head: Formula) throws {
    let naive = try Naive([4, 6, 5, 3], [hidden, hidden, head])
    let (theta, batch) = (Parameters<Double>.random(naive.network), naive.batch(6))
    let gradient = try BackPropagation().weightGradient(
      of: naive.network, at: theta, batch, beta: 0.3, on: pool)
    for l in 0..<3 {
      for slot in 0...1 {
        let error = largestSlopeError(of: gradient.layers[l][slot], at: theta.layers[l][slot]) {
          var moved = theta
          moved.layers[l][slot] = $0
          return naive.loss(moved, batch)
        }
        #expect(error < 1e-6, "layer \(l + 1), parameter \(slot)")
      }
    }
  }

  @Test("A layer's regulariser enters the gradient")
  func regulariser() throws {
    let alpha = 0.3
    let network = try Network {
      try dense(4, 6, Tanh(), regulariser: try L1Penalty(alpha: alpha))
      try dense(6, 3, Identity())
    }
    let naive = try Naive([4, 6, 3], [.tanh, .identity])
    let (theta, batch) = (Parameters<Double>.random(network), naive.batch(6))
    let gradient = try BackPropagation().weightGradient(
      of: network, at: theta, batch, beta: 0.3, on: pool)
    let error = largestSlopeError(of: gradient.layers[0][0], at: theta.layers[0][0]) {
      var moved = theta
      moved.layers[0][0] = $0
      let code = (0..<6).reduce(0) { sum, i in
        naive.forward(moved, batch.inputs.row(i))[1].reduce(sum) { $0 + abs($1) }
      }
      return naive.loss(moved, batch) + alpha * code / 6
    }
    #expect(error < 1e-6)
  }

  @Test("An activation without a derivative is refused with its name and a way out")
  func refusal() throws {
    let network = try Network {
      try dense(4, 6, Derivativeless())
      try dense(6, 3, Identity())
    }
    do {
      try BackPropagation().check(network)
      Issue.record("not refused")
    } catch {
      #expect(error.description.contains("Derivativeless"))
      #expect(error.description.contains("use a lifted signal"))
    }
    // The head is never differentiated.
    let head = try Network { try dense(4, 3, Derivativeless()) }
    #expect(throws: Never.self) { try BackPropagation().check(head) }
  }
}
