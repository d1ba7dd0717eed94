import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct CovarianceStepTests {
  private static let (samples, inputs, outputs) = (9, 4, 3)
  private let pool = WorkerPool(threads: 2)
  private let scale = 0.4

  private func context(_ step: Int, penalty: WeightPenalty = .none) throws -> UpdateContext<Double>
  {
    UpdateContext(
      stage: try Dense(Self.inputs, Self.outputs),
      residual: normal([Self.samples, Self.outputs], lane: UInt64(100 + step)),
      input: normal([Self.samples, Self.inputs], lane: UInt64(200 + step)), scale: scale,
      stepFactor: 0.5, penalty: penalty)
  }

  private var start: [Tensor<Double>] {
    [normal([Self.outputs, Self.inputs], lane: 1), normal([Self.outputs], lane: 2)]
  }

  private func run(
    _ update: CovarianceStep, steps: Int, penalty: WeightPenalty = .none
  ) throws -> WeightBlock<Double> {
    var block = WeightBlock(
      start, moments: update.moments, memory: update.memory(for: try context(0).stage))
    for step in 0..<steps { try update.update(&block, context(step, penalty: penalty), on: pool) }
    #expect(block.steps == steps)
    return block
  }

  /// `M` with `M (C + epsilon I) = G`, by elimination.
  private func solve(_ g: [[Double]], _ c: [[Double]], _ epsilon: Double) -> [[Double]] {
    let n = c.count
    // Symmetric, so the rows of M solve (C + epsilon I) m = g.
    return g.map { g in
      var rows = (0..<n).map { i -> [Double] in
        var row = c[i] + [g[i]]
        row[i] += epsilon
        return row
      }
      for i in 0..<n {
        for k in 0..<n where k != i {
          let factor = rows[k][i] / rows[i][i]
          for j in 0...n { rows[k][j] -= factor * rows[i][j] }
        }
      }
      return (0..<n).map { rows[$0][n] / rows[$0][$0] }
    }
  }

  @Test(
    "The step is G (C + epsilon I)^-1 with the running covariance", arguments: [1, 2, 3], [0, 0.3])
  func steps(_ refresh: Int, _ weightDecay: Double) throws {
    let (stepSize, decay, epsilon, n) = (0.7, 0.6, 0.05, Self.inputs + 1)
    let update = try CovarianceStep(
      stepSize: stepSize, decay: decay, epsilon: epsilon, refresh: refresh)
    let found = try run(update, steps: 6, penalty: WeightPenalty(decay: weightDecay))
    var w = (0..<Self.outputs).map { start[0].row($0) + [start[1].scalars[$0]] }
    var covariance = Array(repeating: Array(repeating: 0.0, count: n), count: n)
    var (normaliser, used) = (0.0, covariance)
    for step in 0..<6 {
      let context = try context(step)
      let a = (0..<Self.samples).map { context.input.row($0) + [1] }
      for i in 0..<n {
        for j in 0..<n {
          let mean = a.reduce(0) { $0 + $1[i] * $1[j] } / Double(Self.samples)
          covariance[i][j] = decay * covariance[i][j] + (1 - decay) * mean
        }
      }
      normaliser = decay * normaliser + 1 - decay
      if step < refresh || step % refresh == 0 {
        used = covariance.map { $0.map { $0 / normaliser } }
      }
      let gradient = (0..<Self.outputs).map { unit in
        (0..<n).map { j in
          scale * (0..<Self.samples).reduce(0) { $0 + context.residual[$1, unit] * a[$1][j] }
        }
      }
      let direction = solve(gradient, used, epsilon)
      for unit in w.indices {
        for j in 0..<n {
          w[unit][j] -= stepSize * 0.5 * direction[unit][j]
          if j < n - 1 { w[unit][j] /= 1 + stepSize * 0.5 * weightDecay }
        }
      }
    }
    for unit in w.indices {
      for j in 0..<Self.inputs { #expect(abs(found.theta[0][unit, j] - w[unit][j]) < 1e-11) }
      #expect(abs(found.theta[1].scalars[unit] - w[unit][n - 1]) < 1e-11)
    }
  }

  @Test("With one batch and a step of 1 it is the implicit step of tau = 1/epsilon")
  func implicit() throws {
    let context = try context(0)
    let epsilon = 0.2
    var block = WeightBlock(
      start, moments: 0, memory: try CovarianceStep(stepSize: 2).memory(for: context.stage))
    try CovarianceStep(stepSize: 2, epsilon: epsilon).update(&block, context, on: pool)
    var other = WeightBlock(start, moments: 0)
    // The implicit step knows no step factor but through tau.
    try ImplicitStep(tau: 2 / epsilon).update(&other, context, on: pool)
    for slot in 0...1 { #expect(distance(block.theta[slot], other.theta[slot]) < 1e-10) }
  }

  @Test("Every parameter changes the result")
  func everyParameterCounts() throws {
    let results = try [
      CovarianceStep(stepSize: 0.1), CovarianceStep(stepSize: 0.2),
      CovarianceStep(stepSize: 0.1, decay: 0.5), CovarianceStep(stepSize: 0.1, epsilon: 0.2),
      CovarianceStep(stepSize: 0.1, refresh: 3),
    ].map { try run($0, steps: 6).theta[0] }
    for i in results.indices {
      for j in 0..<i { #expect(distance(results[i], results[j]) > 1e-6, "\(i) and \(j)") }
    }
  }

  @Test("Stages that are not dense and numbers out of range are refused", arguments: notPositive)
  func refused(_ bad: Double) throws {
    #expect(throws: SolverError.self) { try CovarianceStep(stepSize: bad) }
    #expect(throws: SolverError.self) { try CovarianceStep(stepSize: 1, epsilon: bad) }
    #expect(throws: SolverError.self) { try CovarianceStep(stepSize: 1, decay: 1) }
    #expect(throws: SolverError.self) { try CovarianceStep(stepSize: 1, refresh: 0) }
    let network = try Network([Layer(Diagonal(width: 3), Identity())])
    let method = OneSweep(
      signal: MirrorSweep(), updates: [try CovarianceStep(stepSize: 1)], nudge: try Nudge(1))
    let error = try #require(throws: SolverError.self) { try method.check(network) }
    #expect(error.description.contains("Diagonal"))
  }
}
