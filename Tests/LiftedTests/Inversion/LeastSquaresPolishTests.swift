import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct LeastSquaresPolishTests {
  private let pool = WorkerPool(threads: 1)

  private func answer(
    _ c: InversionCase, alpha: Double
  ) throws -> (problem: LayerInversion<Double>, u: Tensor<Double>) {
    let problem = try c.problem(InversionCase.totalVariation(), alpha: alpha)
    return (
      problem, try StableInversion.fixed(PrimalDual(), 4000).solve(problem, on: pool).unknowns
    )
  }

  private func error(_ u: Tensor<Double>, _ c: InversionCase) -> Double {
    var d = u
    d.combine(1, -1, c.truth)
    return d.squaredNorm.squareRoot()
  }

  @Test(
    "On tied groups it is the least squares solution, which takes the bias away", arguments: 0..<3)
  func leastSquares(_ index: Int) throws {
    let activation: any SeparableActivation = [ReLU(), Clip(unchecked: 5), Tanh()][index]
    let c = try InversionCase(activation, noise: 0.01, outputs: 80)
    let (problem, u) = try answer(c, alpha: 0.002)
    let polished = try LeastSquaresPolish(tolerances: [0.1]).polish(u, of: problem, on: pool)
    #expect(polished.reports[0].isAccepted && polished.reports[0].groups == 2)
    #expect(error(polished.unknowns, c) < 0.3 * error(u, c))

    // The normal equations of the two groups, by hand.
    let model = QuadraticModel(
      c.measurements.row(0), beside: problem.output(at: u, on: pool).row(0), activation)
    let groups = Groups(of: u, by: try InversionCase.totalVariation(), tolerance: 0.1)
    let fit = TiedFit(problem: problem, model: model, groups: groups, pool: pool)
    let z = problem.preactivation(at: fit.fit(u, steps: 4), on: pool)
    for columns in [[0, 1], [2, 3]] {
      var slope = 0.0
      for (place, j) in model.active.enumerated() {
        for i in 0..<InversionCase.inputs where columns.contains(i % 4) {
          slope += model.weights[place] * (model.targets[place] - z[0, j]) * c.theta[0][j, i]
        }
      }
      #expect(abs(slope) < 1e-10)
    }
  }

  @Test("The quadratic model is exact for rectifiers, and knows Tanh's preimage")
  func model() {
    let relu = QuadraticModel([0, 0.3, 2.0, 1], beside: [1, 1, 0.1, 0], ReLU())
    #expect(relu.active == [1, 2] && relu.weights == [1, 1])
    #expect(zip(relu.targets, [0.3, 2]).allSatisfy { abs($0 - $1) < 1e-12 })
    let tanh = QuadraticModel([-0.5, 0.9], beside: [0, 0], Tanh())
    for (k, f) in [-0.5, 0.9].enumerated() {
      #expect(abs(tanh.targets[k] - .atanh(f)) < 1e-6)
      #expect(abs(tanh.weights[k] - (1 - f * f)) < 1e-4)
    }
    let soft = QuadraticModel([0, 0.4, -0.2], beside: [1, 1, 1], SoftThreshold(unchecked: 0.3))
    #expect(soft.active == [1, 2])
    #expect(abs(soft.targets[0] - 0.7) < 1e-9 && abs(soft.targets[1] + 0.5) < 1e-9)
  }

  @Test("What fits worse is refused, and the answer stays as it was")
  func refused() throws {
    let c = try InversionCase(ReLU(), noise: 0.001)
    let problem = try c.problem(InversionCase.totalVariation())
    // Everything tied to everything: a constant cannot measure as this.
    let coarse = try LeastSquaresPolish(tolerances: [0.985])
    var ramp = c.truth
    for i in 0..<ramp.columns where i % 4 == 1 || i % 4 == 2 {
      ramp[0, i] += i % 4 == 1 ? -0.01 : 0.01
    }
    let found = try coarse.polish(ramp, of: problem, on: pool)
    #expect(!found.reports[0].isAccepted && found.unknowns == ramp)
    #expect(found.reports[0].errorAfter > found.reports[0].errorBefore)
    // More groups than measurements: nothing is tried.
    let free: Tensor<Double> = normal([1, InversionCase.inputs], lane: 2)
    let few = try InversionCase(ReLU(), outputs: 8).problem(InversionCase.totalVariation())
    let none = try LeastSquaresPolish(tolerances: [0]).polish(free, of: few, on: pool)
    #expect(none.reports[0].groups == 0 && none.unknowns == free)
  }

  @Test("Every option changes something, and what cannot be polished is refused")
  func options() throws {
    let c = try InversionCase(ReLU(), samples: 2, noise: 0.01, outputs: 80)
    let (problem, u) = try answer(c, alpha: 0.0005)
    func polished(_ polish: LeastSquaresPolish) throws -> PolishedInversion<Double> {
      try polish.polish(u, of: problem, on: pool)
    }
    let one = try polished(LeastSquaresPolish(steps: 1, tolerances: [0.01]))
    let all = try polished(LeastSquaresPolish(tolerances: [0.01]))
    #expect(one.unknowns != all.unknowns && one.reports[0].steps == 1)
    #expect(all.reports.contains { $0.steps > 1 })
    #expect(
      try polished(LeastSquaresPolish(folds: 2, tolerances: [0.01])).reports != all.reports)
    #expect(try polished(LeastSquaresPolish(tolerances: [0.3])).reports != all.reports)
    #expect(throws: SolverError.self) {
      try LeastSquaresPolish().polish(u, of: c.problem(Tikhonov()), on: pool)
    }
    #expect(throws: SolverError.self) {
      try LeastSquaresPolish().polish(u.rows(0..<1), of: problem, on: pool)
    }
    #expect(throws: SolverError.self) { try LeastSquaresPolish(steps: 0) }
    #expect(
      try polished(LeastSquaresPolish(iterations: 3, tolerances: [0.01])).reports != all.reports)
    #expect(throws: SolverError.self) { try LeastSquaresPolish(folds: 0) }
    #expect(throws: SolverError.self) { try LeastSquaresPolish(folds: 6) }
    #expect(throws: SolverError.self) { try LeastSquaresPolish(iterations: 0) }
    #expect(throws: SolverError.self) { try LeastSquaresPolish(tolerances: []) }
    #expect(throws: SolverError.self) { try LeastSquaresPolish(tolerances: [1]) }
  }
}

extension Clip {
  fileprivate init(unchecked upper: Double) {
    guard let clip = try? Clip(lower: 0, upper: upper) else { preconditionFailure("\(upper)") }
    self = clip
  }
}

extension SoftThreshold {
  fileprivate init(unchecked alpha: Double) {
    guard let soft = try? SoftThreshold(alpha: alpha) else { preconditionFailure("\(alpha)") }
    self = soft
  }
}
