import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct LayerInversionTests {
  private let pool = WorkerPool(threads: 1)
  private static let activations: [any SeparableActivation] = [
    ReLU(), Tanh(), Clip.relu6, Softplus(), Identity(),
  ]

  @Test("The objective is the energy with the input free", arguments: 0..<5, [true, false])
  func energy(_ index: Int, _ isMean: Bool) throws {
    let activation = Self.activations[index]
    let c = try InversionCase(activation, samples: 3)
    let problem = try c.problem(Tikhonov(), alpha: 0.3, normalisation: isMean ? .mean : .sum)
    let u: Tensor<Double> = normal([3, InversionCase.inputs], lane: 7)
    var theta = Parameters<Double>(zerosFor: try Network([c.layer]))
    theta.layers[0] = c.theta
    let energy = try problem.energy
    let point = try LiftedPoint(
      theta: theta, x: [u, c.measurements], network: energy.network)
    let values = problem.values(at: u, on: pool)
    let mean = values.reduce(0) { $0 + $1.objective } / 3
    #expect(abs(energy.value(at: point, on: pool).total - mean) < 1e-12)

    let formula = (0..<3).map { row in
      let z = problem.preactivation(at: u, on: pool).row(row)
      let b = zip(c.measurements.row(row), z).reduce(0.0) {
        $0 + activation.bregman($1.0, $1.1)
      }
      return b * (isMean ? 1 / 24.0 : 1) + 0.15 * u.row(row).reduce(0) { $0 + $1 * $1 }
    }
    for (found, expected) in zip(values, formula) {
      #expect(abs(found.objective - expected) < 1e-11)
    }
  }

  @Test("The gradient of the fidelity is that of finite differences", arguments: 0..<5)
  func gradient(_ index: Int) throws {
    let c = try InversionCase(Self.activations[index], samples: 2)
    let problem = try c.problem(Tikhonov())
    let u: Tensor<Double> = normal([2, InversionCase.inputs], lane: 8)
    let error = largestSlopeError(of: problem.gradient(at: u, on: pool), at: u) {
      problem.values(at: $0, on: pool).reduce(0) { $0 + problem.scale * $1.fidelity }
    }
    #expect(error < 1e-6)
  }

  @Test("For a rectifier the mean is W, b and f over the square root of the outputs")
  func normalisation() throws {
    let c = try InversionCase(ReLU(), samples: 2)
    let root = 1 / Double(c.outputs).squareRoot()
    let scaled = try LayerInversion(
      c.layer, theta: c.theta.map { $0.scaled(by: root) },
      measurements: c.measurements.scaled(by: root), InputPenalty(alpha: 0.01, Tikhonov()),
      normalisation: .sum, on: pool)
    let problem = try c.problem(Tikhonov())
    let u: Tensor<Double> = normal([2, InversionCase.inputs], lane: 9)
    #expect(distance(problem.gradient(at: u, on: pool), scaled.gradient(at: u, on: pool)) < 1e-13)
    for (a, b) in zip(problem.values(at: u, on: pool), scaled.values(at: u, on: pool)) {
      #expect(abs(a.objective - b.objective) < 1e-13)
    }
    #expect(problem.scale == 1 / 24.0 && scaled.scale == 1)
    #expect(abs(problem.effectiveAlpha - 0.24) < 1e-15)
  }

  @Test("Problems that make no sense are refused with a sentence")
  func refusals() throws {
    let c = try InversionCase(ReLU())
    func refuses(
      _ layer: Layer? = nil, theta: [Tensor<Double>]? = nil, f: Tensor<Double>? = nil,
      j: any Regulariser = Tikhonov()
    ) -> String? {
      do {
        _ = try LayerInversion(
          layer ?? c.layer, theta: theta ?? c.theta, measurements: f ?? c.measurements,
          InputPenalty(alpha: 1, j), on: pool)
        return nil
      } catch { return "\(error)" }
    }
    var negative = c.measurements
    negative[0, 3] = -0.1
    var undefined = c.measurements
    undefined[0, 3] = .nan
    let sparse = try dense(
      InversionCase.inputs, c.outputs, ReLU(), regulariser: L1Penalty(alpha: 1))
    let small = TotalVariation(try ImageShape(channels: 1, height: 3, width: 3))
    #expect(refuses() == nil)
    #expect(refuses(f: negative)?.contains("MeasurementPreparation") == true)
    #expect(refuses(f: undefined)?.contains("finite") == true)
    #expect(refuses(f: Tensor(shape: [1, 5]))?.contains("measurements") == true)
    #expect(refuses(theta: [c.theta[0]])?.contains("parameters") == true)
    #expect(refuses(theta: [c.theta[1], c.theta[1]])?.contains("weight") == true)
    #expect(refuses(sparse)?.contains("regulariser") == true)
    #expect(refuses(j: small)?.contains("TotalVariation") == true)
    for alpha in notPositive {
      #expect(throws: SolverError.self) { try c.problem(Tikhonov()).with(alpha: alpha) }
    }
  }
}
