import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct EnergyTests {
  static let samples = 6
  static let weights = [0.7, 2.5, 1.3]
  private let pool = WorkerPool(threads: 2)

  private func setting(
    _ hidden: Formula, _ head: Formula, decay: Double = 0
  ) throws -> (naive: Naive, energy: Energy, point: LiftedPoint<Double>) {
    let naive = try Naive([4, 5, 3, 3], [hidden, hidden, head])
    let energy = try Energy(
      naive.network, weights: Self.weights, weightPenalty: WeightPenalty(decay: decay),
      inputPenalty: InputPenalty(alpha: 0.4, SlowSquare()))
    return (naive, energy, try naive.point(Self.samples))
  }

  @Test(
    "The energy is the weighted sum of Phi + Phi^* - <x, z> and the penalties",
    arguments: Formula.allCases, [Formula.softmax, .identity])
  func value(_ hidden: Formula, _ head: Formula) throws {
    let (naive, energy, point) = try setting(hidden, head, decay: 0.02)
    let value = energy.value(at: point, on: pool)
    for (found, sum) in zip(value.penalties, naive.penalties(point, weights: Self.weights)) {
      #expect(abs(found - sum / Double(Self.samples)) < 1e-11)
    }
    let square = point.theta.layers.reduce(0) { $0 + $1[0].squaredNorm }
    #expect(abs(value.weightPenalty - 0.01 * square) < 1e-12, "offsets are free")
    #expect(abs(value.inputPenalty - 0.2 * point.x[0].squaredNorm / Double(Self.samples)) < 1e-12)
    #expect(
      abs(
        value.total - value.penalties.reduce(0, +) - value.weightPenalty - value.inputPenalty)
        < 1e-12)
  }

  @Test("A point needs a variable for the input and one for each layer")
  func variablesOfAPoint() throws {
    let (naive, _, point) = try setting(.relu, .identity)
    for x in [Array(point.x.dropLast()), point.x + [point.x[0]], []] {
      let error = try #require(throws: SolverError.self) {
        try LiftedPoint(theta: point.theta, x: x, network: naive.network)
      }
      #expect(error.description.contains("\(x.count) variables"))
    }
  }

  @Test("A layer's regulariser is added for every layer that has one")
  func regularisers() throws {
    let l1 = try L1Penalty(alpha: 0.5)
    let network = try Network {
      try dense(4, 5, ReLU(), regulariser: l1)
      try dense(5, 3, Identity(), regulariser: l1)
    }
    let point = try LiftedPoint<Double>(
      forward: normal([7, 4], lane: 1), theta: .random(network), network: network, on: pool)
    let value = try Energy(network).value(at: point, on: pool)
    let sum = (point.x[1].scalars + point.x[2].scalars).reduce(0) { $0 + abs($1) }
    #expect(abs(value.layerRegularisers - 0.5 * sum / 7) < 1e-12)
    #expect(abs(value.total - value.layerRegularisers - value.weightPenalty) < 1e-12)
  }

  @Test("The residual is sigma(z) - x", arguments: Formula.allCases)
  func residual(_ formula: Formula) throws {
    let (naive, energy, point) = try setting(formula, .identity)
    for l in 1...2 {
      let residual = energy.residual(ofLayer: l, at: point, on: pool)
      for i in 0..<Self.samples {
        let z = naive.preactivation(l, point.theta, point.x[l - 1].row(i))
        for (j, sigma) in formula.sigma(z).enumerated() {
          #expect(abs(residual[i, j] - (sigma - point.x[l][i, j])) < 1e-12)
        }
      }
    }
  }

  @Test(
    "The gradient in each layer's parameters is that of finite differences",
    arguments: Formula.allCases, [Formula.softmax, .identity])
  func parameterGradients(_ hidden: Formula, _ head: Formula) throws {
    let (naive, energy, point) = try setting(hidden, head)
    for l in 1...3 {
      let gradient = energy.gradient(inParametersOf: l, at: point, on: pool)
      for slot in 0...1 {
        let error = largestSlopeError(of: gradient[slot], at: point.theta.layers[l - 1][slot]) {
          var moved = point
          moved.theta.layers[l - 1][slot] = $0
          return naive.smoothEnergy(moved, weights: Self.weights) / Double(Self.samples)
        }
        #expect(error < 1e-6, "layer \(l), parameter \(slot)")
      }
    }
  }

  @Test(
    "The smooth gradient in each variable is that of finite differences",
    arguments: Formula.allCases, [Formula.softmax, .identity])
  func variableGradients(_ hidden: Formula, _ head: Formula) throws {
    let (naive, energy, point) = try setting(hidden, head)
    for l in 0...3 {
      let gradient = energy.smoothGradient(inVariable: l, at: point, on: pool)
      let error = largestSlopeError(of: gradient, at: point.x[l]) {
        var moved = point
        moved.x[l] = $0
        return naive.smoothEnergy(moved, weights: Self.weights)
      }
      #expect(error < 1e-6, "variable \(l)")
    }
  }

  @Test("At the forward pass energy and consistency gaps vanish", arguments: Formula.allCases)
  func forwardPass(_ formula: Formula) throws {
    let naive = try Naive([4, 5, 3], [formula, formula])
    let energy = try Energy(naive.network, weightPenalty: .none)
    let point = try LiftedPoint<Double>(
      forward: normal([6, 4], lane: 1), theta: .random(naive.network), network: naive.network,
      on: pool)
    #expect(abs(energy.value(at: point, on: pool).total) < 1e-12)
    #expect(energy.consistencyGaps(at: point, on: pool).allSatisfy { $0 < 1e-14 })
  }

  @Test("A consistency gap is the root mean square of x - sigma(z)")
  func consistencyGap() throws {
    let (_, energy, point) = try setting(.tanh, .identity)
    let gaps = energy.consistencyGaps(at: point, on: pool)
    for l in 1...3 {
      let residual = energy.residual(ofLayer: l, at: point, on: pool)
      let expected = (residual.squaredNorm / Double(residual.count)).squareRoot()
      #expect(abs(gaps[l - 1] - expected) < 1e-12)
    }
  }

  @Test("Layer weights must be positive and one for each layer", arguments: notPositive)
  func weights(_ weight: Double) throws {
    let network = try Naive([4, 5, 3], [.relu, .identity]).network
    #expect(throws: SolverError.self) { try Energy(network, weights: [1, weight]) }
    #expect(throws: SolverError.self) { try Energy(network, weights: [1]) }
    #expect(throws: SolverError.self) { try InputPenalty(alpha: weight, SlowSquare()) }
  }
}
