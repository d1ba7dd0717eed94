import Proximal
import Tensors
import Testing

@testable import Lifted

/// One convex layer, its minimiser by plain descent written out number by number, and the solvers for
/// finite sums.
@Suite struct FiniteSumTests {
  private static let (samples, inputs, outputs) = (40, 6, 3)
  static let formulas: [Formula] = [.sigmoid, .softmax]
  private static let decay = 0.1
  private let pool = WorkerPool(threads: 1)

  private func problem(
    _ formula: Formula, weight: Double = 1
  ) throws -> (naive: Naive, problem: LayerProblem<Double>, start: [Tensor<Double>]) {
    let naive = try Naive([Self.inputs, Self.outputs], [formula])
    var batch = naive.batch(Self.samples)
    batch.inputs.scale(by: 0.6)
    let problem = try LayerProblem(
      naive.network.layers[0], inputs: batch.inputs, targets: batch.targets, weight: weight,
      weightPenalty: WeightPenalty(decay: Self.decay))
    return (naive, problem, Parameters<Double>(zerosFor: naive.network).layers[0])
  }

  /// Gradient descent on `1/n sum_i f_i + decay/2 ||W||^2` from zero, one number at a time.
  private func minimiser(_ formula: Formula) throws -> [Tensor<Double>] {
    let (naive, problem, start) = try problem(formula)
    let rows = (0..<Self.samples).map { (problem.inputs.row($0), problem.targets.row($0)) }
    var theta = Parameters<Double>(zerosFor: naive.network)
    theta.layers[0] = start
    for _ in 0..<8000 {
      var gradient = theta.layers[0][0].scaled(by: Self.decay)
      var offset = Tensor<Double>(shape: [Self.outputs])
      for (x, y) in rows {
        let sigma = formula.sigma(naive.preactivation(1, theta, x))
        for unit in 0..<Self.outputs {
          let residual = (sigma[unit] - y[unit]) / Double(Self.samples)
          offset[unit] += residual
          for j in 0..<Self.inputs { gradient[unit, j] += residual * x[j] }
        }
      }
      theta.layers[0][0].combine(1, -0.8, gradient)
      theta.layers[0][1].combine(1, -0.8, offset)
      if max(gradient.squaredNorm, offset.squaredNorm) < 1e-26 { break }
    }
    return theta.layers[0]
  }

  private func expect(
    _ found: [Tensor<Double>], near expected: [Tensor<Double>], _ what: String
  ) {
    let error = max(distance(found[0], expected[0]), distance(found[1], expected[1]))
    #expect(error < 1e-8, "\(what): \(error)")
  }

  @Test(
    "A step of prox-SAGA exchanges a batch's old gradient for its new one, each weighted in full")
  func sagaStep() throws {
    let (_, problem, start) = try problem(.softmax)
    let (solver, all) = (try ProxSAGA(stepSize: 0.2, batchSize: 8), 0..<Self.samples)
    var state = solver.start(from: start, problem, on: pool)
    for _ in 0..<9 { solver.step(&state, problem, on: pool) }
    let before = state
    solver.step(&state, problem, on: pool)
    let drawn = all.filter { state.table.residuals.row($0) != before.table.residuals.row($0) }
    #expect(drawn.count == 8)
    var expected = before.theta
    for slot in 0...1 { expected[slot].combine(1, -0.2, before.table.mean[slot]) }
    for i in drawn {
      let (x, old) = (problem.inputs.row(i), before.table.residuals.row(i))
      for unit in 0..<Self.outputs {
        let z = (0..<Self.outputs).map { k in
          x.indices.reduce(before.theta[1][k]) { $0 + before.theta[0][k, $1] * x[$1] }
        }
        let new = Formula.softmax.sigma(z)[unit] - problem.targets[i, unit]
        let change = 0.2 / 8 * (new - old[unit])
        expected[1][unit] -= change
        for j in 0..<Self.inputs { expected[0][unit, j] -= change * x[j] }
      }
    }
    expected[0].scale(by: 1 / (1 + 0.2 * Self.decay))
    for slot in 0...1 { #expect(distance(state.theta[slot], expected[slot]) < 1e-13) }
  }

  @Test("Prox-SAGA reaches the minimiser, by samples and by batches", arguments: formulas, [1, 7])
  func saga(_ formula: Formula, _ batchSize: Int) throws {
    let (_, problem, start) = try problem(formula)
    let solver = try ProxSAGA(batchSize: batchSize)
    var state = solver.start(from: start, problem, on: pool)
    for _ in 0..<30_000 { solver.step(&state, problem, on: pool) }
    expect(state.theta, near: try minimiser(formula), "batches of \(batchSize)")
  }

  @Test(
    "PIAG with the step 1/(L (2 K + 1)) reaches the minimiser", arguments: formulas, [1, 5, 40])
  func piag(_ formula: Formula, _ parts: Int) throws {
    let (_, problem, start) = try problem(formula)
    let solver = try PIAG(parts: parts)
    var state = solver.start(from: start, problem, on: pool)
    for _ in 0..<(2000 * parts) { solver.step(&state, problem, on: pool) }
    expect(state.theta, near: try minimiser(formula), "\(parts) parts")
  }

  @Test(
    "Consensus ADMM reaches the minimiser with one, three and more workers", arguments: formulas)
  func consensus(_ formula: Formula) throws {
    let (_, problem, start) = try problem(formula)
    for (workers, localSteps) in [(1, 1), (3, 1), (3, 8), (7, 4)] {
      let solver = try ConsensusADMM(workers: workers, localSteps: localSteps)
      var state = solver.start(from: start, problem, on: pool)
      for _ in 0..<2500 { solver.round(&state, problem, on: pool) }
      expect(state.theta, near: try minimiser(formula), "\(workers) workers, \(localSteps) steps")
      #expect(state.disagreement < 1e-8)
    }
  }

  @Test("PIAG with a step fit for one sample, 1/L_max, fails under the delay")
  func longStep() throws {
    // Samples that agree: the mean is as curved as each, and old gradients point past the minimiser.
    let layer = try dense(3, 1, Identity())
    var inputs: Tensor<Double> = normal([30, 3], lane: 1, scale: 0.1)
    for i in 0..<30 { inputs[i, 0] += 2 }
    let problem = try LayerProblem(
      layer, inputs: inputs, targets: normal([30, 1], lane: 2),
      weightPenalty: WeightPenalty(decay: Self.decay))
    let start = Parameters<Double>(zerosFor: try Network([layer])).layers[0]
    func value(_ stepSize: Double?) throws -> Double {
      let solver = try PIAG(parts: 30, stepSize: stepSize)
      var state = solver.start(from: start, problem, on: pool)
      for _ in 0..<600 { solver.step(&state, problem, on: pool) }
      return problem.value(at: state.theta, on: pool)
    }
    let first = problem.value(at: start, on: pool)
    #expect(try value(nil) < first)
    #expect(!(try value(1 / problem.greatestSampleLipschitz(on: pool)) < 1e3 * first))
  }

  @Test("Constants of the gradients bound what is measured, and not by much")
  func constants() throws {
    let (_, problem, _) = try problem(.sigmoid, weight: 2)
    let extended = problem.inputs.appendingOnes()
    let norms = (0..<Self.samples).map { extended.row($0).reduce(0) { $0 + $1 * $1 } }
    #expect(abs(problem.greatestSampleLipschitz(on: pool) - 2 * (norms.max() ?? 0)) < 1e-9)
    // ||[X 1]||^2 by the largest quotient over many powers of the Gram matrix.
    var v = Array(repeating: 1.0, count: Self.inputs + 1)
    var square = 0.0
    for _ in 0..<500 {
      var back = v.map { _ in 0.0 }
      for i in 0..<Self.samples {
        let image: Double = v.indices.reduce(0) { $0 + extended[i, $1] * v[$1] }
        for j in v.indices { back[j] += image * extended[i, j] }
      }
      square = back.reduce(0) { $0 + $1 * $1 }.squareRoot()
      v = back.map { $0 / square }
    }
    let expected = 2 * square / Double(Self.samples)
    let found = problem.meanLipschitz(on: pool)
    #expect(found >= expected && found < 1.06 * (expected + 2))
  }

  @Test("The table's mean is that of its rows, and its change is what was refreshed")
  func table() throws {
    let (_, problem, start) = try problem(.softmax)
    var table = ResidualTable(problem, at: start, on: pool)
    let moved = Parameters<Double>.random(try Network([problem.layer])).layers[0]
    let before = table.mean
    let change = table.refresh(7..<19, problem, at: moved, on: pool)
    let mean = problem.gradient(of: table.residuals, 0..<Self.samples, on: pool)
    for slot in 0...1 {
      #expect(distance(table.mean[slot], mean[slot]) < 1e-14)
      var sum = before[slot]
      sum.combine(1, 1, change[slot])
      #expect(distance(sum, mean[slot]) < 1e-14)
    }
    let fresh = problem.residual(of: 7..<19, at: moved, on: pool)
    #expect(table.residuals.rows(7..<19) == fresh)
    #expect(table.residuals.rows(19..<40) == problem.residual(of: 19..<40, at: start, on: pool))
  }

  @Test("Data that do not fit, no data, and a penalty without constant are refused")
  func refused() throws {
    let layer = try dense(3, 2, Tanh())
    func make(_ x: [Int], _ y: [Int], _ penalty: any Penalty = BregmanPenalty()) throws {
      _ = try LayerProblem<Double>(
        layer, inputs: Tensor(shape: x), targets: Tensor(shape: y), penalty: penalty)
    }
    #expect(throws: Never.self) { try make([4, 3], [4, 2], LiftedPenalty()) }
    for (x, y) in [([4, 2], [4, 2]), ([4, 3], [3, 2]), ([4, 3], [4, 3]), ([0, 3], [0, 2])] {
      #expect(throws: SolverError.self) { try make(x, y) }
    }
    let error = try #require(throws: SolverError.self) { try make([4, 3], [4, 2], MACPenalty()) }
    #expect(error.description.contains("MACPenalty"))
  }

  @Test("Numbers out of range are refused", arguments: notPositive)
  func outOfRange(_ bad: Double) {
    #expect(throws: SolverError.self) { try ProxSAGA(stepSize: bad) }
    #expect(throws: SolverError.self) { try ProxSAGA(batchSize: 0) }
    #expect(throws: SolverError.self) { try PIAG(parts: 0) }
    #expect(throws: SolverError.self) { try PIAG(parts: 1, stepSize: bad) }
    #expect(throws: SolverError.self) { try ConsensusADMM(workers: 0) }
    #expect(throws: SolverError.self) { try ConsensusADMM(workers: 1, localSteps: 0) }
    #expect(throws: SolverError.self) { try ConsensusADMM(workers: 1, rho: bad) }
  }
}
