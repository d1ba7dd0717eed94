import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct NetworkTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test("Widths that do not fit are refused with both numbers")
  func widths() {
    let text = message {
      _ = try Network {
        try dense(8, 5, ReLU())
        try dense(6, 2, Softmax())
      }
    }
    #expect(text == "layer 2 takes 6 numbers but layer 1 gives 5; make the two widths equal")
  }

  @Test("A network without layers is refused")
  func empty() {
    #expect(throws: SolverError.self) { try Network([]) }
  }

  @Test("Outputs that do not divide into the activation's groups are refused")
  func groups() throws {
    let activation = try GroupSoftThreshold(alpha: 0.1, groupSize: 4)
    let text = message { _ = try Network { try dense(8, 10, activation) } }
    #expect(text.contains("10 outputs") && text.contains("groups of 4"))
    #expect(throws: Never.self) { try Network { try dense(8, 12, activation) } }
  }

  @Test("A regulariser that does not go with the activation is refused")
  func regulariser() throws {
    let penalty = try L1Penalty(alpha: 0.1)
    let text = message { _ = try Network { try dense(8, 4, Softmax(), regulariser: penalty) } }
    #expect(text.contains("layer 1") && text.contains("L1Penalty") && text.contains("separable"))
  }

  @Test("A network knows its widths, depth and number of parameters")
  func sizes() throws {
    let network = try Network {
      for width in [10, 20] { try dense(width, 2 * width, ReLU()) }
      try dense(40, 3, Identity())
    }
    #expect(network.widths == [10, 20, 40, 3])
    #expect(network.depth == 3)
    #expect(network.parameterCount == 10 * 20 + 20 + 20 * 40 + 40 + 40 * 3 + 3)
  }

  @Test("Freezing the hidden layers leaves the last one trainable")
  func frozen() throws {
    let network = try Naive([3, 4, 5, 2], [.relu, .relu, .identity]).network
    #expect(network.withFrozenHiddenLayers.layers.map(\.isTrainable) == [false, false, true])
  }

  @Test(
    "The forward pass equals the scalar computation", arguments: Formula.allCases,
    [Formula.softmax, .identity])
  func forward(_ hidden: Formula, _ head: Formula) throws {
    let naive = try Naive([7, 33, 20, 4], [hidden, hidden, head])
    let theta = Parameters<Double>.random(naive.network)
    let input: Tensor<Double> = normal([50, 7], lane: 1)
    let point = try LiftedPoint(
      forward: input, theta: theta, network: naive.network, on: WorkerPool(threads: 2))
    for i in 0..<50 {
      for (l, row) in naive.forward(theta, input.row(i)).enumerated() {
        let worst = zip(point.x[l].row(i), row).map { abs($0 - $1) }.max() ?? 0
        #expect(worst < 1e-12, "sample \(i), layer \(l)")
      }
    }
  }

  @Test("A point whose variable has another shape is refused by name")
  func pointShapes() throws {
    let naive = try Naive([3, 4, 2], [.relu, .identity])
    let theta = Parameters<Double>.random(naive.network)
    let pool = WorkerPool(threads: 1)
    let input: Tensor<Double> = normal([5, 3], lane: 1)
    #expect(
      throws: SolverError.shape(.mismatch(what: "variable x_2", expected: [5, 2], found: [5, 3]))
    ) {
      try LiftedPoint(forward: input, output: input, theta: theta, network: naive.network, on: pool)
    }
    #expect(throws: SolverError.self) {
      try LiftedPoint(
        forward: normal([5, 4], lane: 1), theta: theta, network: naive.network, on: pool)
    }
    #expect(throws: SolverError.self) {
      try LiftedPoint(theta: theta, x: [input], network: naive.network)
    }
  }
}
