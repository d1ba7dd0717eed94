import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct InputPenaltyTests {
  private let pool = WorkerPool(threads: 1)

  /// A linear layer, whose inversion is ridge regression.
  private func answer(
    _ regulariser: any Regulariser, alpha: Double, samples: Int
  ) throws -> (found: Tensor<Double>, theta: Parameters<Double>, y: Tensor<Double>) {
    let network = try Network { try dense(4, 9, Identity()) }
    let theta = Parameters<Double>.random(network)
    let y: Tensor<Double> = normal([samples, 9], lane: 3)
    let energy = try Energy(network, inputPenalty: InputPenalty(alpha: alpha, regulariser))
    let descent = try BlockDescent(
      energy, free: .input, variableSolver: try AcceleratedGradient(steps: 10))
    var state = descent.start(
      at: try LiftedPoint(
        forward: Tensor(shape: [samples, 4]), output: y, theta: theta, network: network, on: pool),
      on: pool)
    for _ in 0..<80 { try descent.round(&state, on: pool) }
    return (state.point.x[0], theta, y)
  }

  @Test(
    "The input goes to A^*(A x + b - y) + alpha x = 0, however many samples there are",
    arguments: [1, 5], [0.3, 2])
  func ridge(_ samples: Int, _ alpha: Double) throws {
    let (x, theta, y) = try answer(SlowSquare(), alpha: alpha, samples: samples)
    let (w, b) = (theta.layers[0][0], theta.layers[0][1])
    for i in 0..<samples {
      let r = (0..<9).map { j in
        (0..<4).reduce(b[j] - y[i, j]) { $0 + w[j, $1] * x[i, $1] }
      }
      for k in 0..<4 {
        let gradient = (0..<9).reduce(alpha * x[i, k]) { $0 + w[$1, k] * r[$1] }
        #expect(abs(gradient) < 1e-9)
      }
    }
  }

  @Test("A prox that is iterated is iterated until it has settled", arguments: [1, 7])
  func settled(_ calls: Int) throws {
    let exact = try answer(SlowSquare(), alpha: 0.5, samples: 2).found
    let iterated = try answer(SlowSquare(calls: calls), alpha: 0.5, samples: 2).found
    #expect(distance(exact, iterated) < 1e-12)
  }

  @Test("Solvers that move each number by itself refuse a penalty that joins them")
  func refusals() throws {
    let network = try Network { try dense(4, 9, Identity()) }
    let energy = try Energy(network, inputPenalty: InputPenalty(alpha: 1, SlowSquare()))
    for solver in [try CoordinateDescent(), try AdamStep(), try ConjugateGradients()]
      as [any VariableSolver]
    {
      #expect(throws: SolverError.self) {
        try BlockDescent(energy, free: .input, variableSolver: solver)
      }
    }
    let wrong = try InputPenalty(alpha: 1, SlowSquare(refusesRows: true))
    #expect(throws: SolverError.self) { try Energy(network, inputPenalty: wrong) }
  }
}
