import Foundation
import Proximal
import Tensors
import Testing

@testable import Lifted

/// Answers of another program: see `Benchmarks/inversion_reference.py`.
@Suite struct InversionReferenceTests {
  private struct Reference: Decodable {
    let problems: [Problem]
  }

  private struct Problem: Decodable {
    let activation: String
    let regulariser: String
    let alpha: Double
    let weight: [Double]
    let bias: [Double]
    let measurement: [Double]
    let objective: Double
    let unknown: [Double]

    func inversion(on pool: WorkerPool) throws -> LayerInversion<Double> {
      let sigma: any SeparableActivation =
        switch activation {
        case "relu": ReLU()
        case "softThreshold": try SoftThreshold(alpha: 0.3)
        case "clip": try Clip(lower: -0.5, upper: 0.8)
        default: Tanh()
        }
      let j: any Regulariser =
        switch regulariser {
        case "tikhonov": Tikhonov()
        case "l1": L1Norm()
        case "box": Box(0...0.7)
        default: TotalVariation(try ImageShape(channels: 1, height: 4, width: 4))
        }
      return try LayerInversion(
        dense(16, bias.count, sigma),
        theta: [
          Tensor(shape: [bias.count, 16], scalars: weight),
          Tensor(shape: [bias.count], scalars: bias),
        ],
        measurements: Tensor(rows: [measurement]), InputPenalty(alpha: alpha, j), on: pool)
    }
  }

  @Test("An interior point method finds the same objectives and, where they are unique, unknowns")
  func answers() throws {
    let pool = WorkerPool(threads: 1)
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/inversion", withExtension: "json"))
    let reference = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
    #expect(reference.problems.count == 16)
    for problem in reference.problems {
      let inversion = try problem.inversion(on: pool)
      let name = "\(problem.activation) \(problem.regulariser)"
      let theirs = inversion.values(at: Tensor(rows: [problem.unknown]), on: pool)[0]
      // Rounding may have put their answer a little outside a box.
      #expect(
        abs(theirs.objective - problem.objective) < 1e-6 || !theirs.objective.isFinite, "\(name)")
      for solver in [try PrimalDual(), try SplitADMM()] as [any InversionSolver] {
        let ours = try StableInversion.fixed(solver, 2500, stride: 500).solve(inversion, on: pool)
        let objective = ours.reports[0].objective
        #expect(abs(objective - problem.objective) < 1e-6 * abs(problem.objective), "\(name)")
        if problem.regulariser == "tikhonov" {
          #expect(distance(ours.unknowns, Tensor(rows: [problem.unknown])) < 1e-4, "\(name)")
        }
      }
    }
  }
}
