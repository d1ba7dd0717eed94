import Lifted
import Testing
import Yams

@testable import Runs

/// Proximal gradient steps of the length of Barzilai and Borwein: `||s||^2 / <s, d>`, `s` and `d` the
/// last changes of the point and of the gradient.
struct BarzilaiBorwein: BlockSolver {
  let steps: Int
  var gradients: Int { steps }

  func improve<S: TensorScalar>(
    _ v: inout [Tensor<S>], in block: some Block<S>, memory: inout BlockMemory<S>
  ) {
    var last: (point: [Tensor<S>], gradient: [Tensor<S>])?
    for _ in 0..<steps {
      let gradient = block.smoothGradient(at: v)
      var (square, product) = (0.0, 0.0)
      for k in v.indices where last != nil {
        var (s, d) = (v[k], gradient[k])
        if let last {
          s.combine(1, -1, last.point[k])
          d.combine(1, -1, last.gradient[k])
        }
        square += s.squaredNorm
        product += s.dot(d)
      }
      let length = product > 0 ? square / product : 1 / (block.curvature ?? 1)
      last = (v, gradient)
      for k in v.indices { v[k].combine(1, S(-length), gradient[k]) }
      block.prox(&v, step: length)
    }
  }
}

/// `rule: barzilaiBorwein`. See `BarzilaiBorwein`.
struct BarzilaiBorweinRule: VariableRule, ParameterRule {
  static let word = "barzilaiBorwein"
  let steps: Int

  init(_ reader: inout StrictReader) throws {
    steps = try reader.optional("steps") ?? 5
    try reader.require(steps, in: 1...10_000, "steps")
  }

  func write(to writer: inout RecipeWriter) throws { try writer.write(steps, "steps") }

  func variableSolver() throws(SolverError) -> any VariableSolver { BarzilaiBorwein(steps: steps) }

  func parameterSolver() throws(SolverError) -> any ParameterSolver {
    BarzilaiBorwein(steps: steps)
  }
}

@Suite("The article on writing a solver")
struct OwnSolverExample {
  private let pool = WorkerPool(threads: 2)

  /// The energies along 20 rounds from the same start.
  private func values(_ solver: any BlockSolver, free: Blocks, isGuarded: Bool) throws -> [Double] {
    let network = try Network {
      try dense(20, 15, Tanh())
      try dense(15, 10, Identity())
    }
    let theta: Parameters<Double> = try Initialisation.he.parameters(
      for: network, seed: 1, on: pool)
    var stream = RandomStream(seed: 1, .probe)
    let start = try LiftedPoint(
      forward: .normal(shape: [40, 20], from: &stream),
      output: .normal(shape: [40, 10], from: &stream), theta: theta, network: network, on: pool)
    let energy = try Energy(network, weights: [0.1, 1])

    let descent = try BlockDescent(
      energy, free: free, variableSolver: solver, parameterSolver: solver, isGuarded: isGuarded)

    var state = descent.start(at: start, on: pool)
    return try [energy.value(at: start, on: pool).total]
      + (0..<20).map { _ in
        try descent.round(&state, on: pool)
        return energy.value(at: state.point, on: pool).total
      }
  }

  @Test(
    "It is ahead of steps 1/L, on weights and on a variable",
    arguments: [Blocks.parameters, .hidden])
  func faster(_ free: Blocks) throws {
    let own = try values(BarzilaiBorwein(steps: 5), free: free, isGuarded: false)
    let plain = try values(ProximalGradient(steps: 5), free: free, isGuarded: false)
    let least = try #require(
      try values(RestartedNesterov(steps: 100), free: free, isGuarded: false).min())
    #expect(plain[3] - least > 1e-6 && own[3] - least < 0.5 * (plain[3] - least))
  }

  @Test("Guarded, it never raises the energy")
  func falls() throws {
    let values = try values(BarzilaiBorwein(steps: 5), free: .training, isGuarded: true)
    #expect(zip(values, values.dropFirst()).allSatisfy { $1 <= $0 })
    #expect(values[20] < 0.9 * values[0])
  }

  /// What `VariableSolverRecipe` does with each rule of its list.
  private struct Written: Decodable {
    let rule: BarzilaiBorweinRule

    init(from decoder: any Decoder) throws {
      var reader = try StrictReader(decoder)
      _ = try reader.word("rule", among: [BarzilaiBorweinRule.word])
      rule = try BarzilaiBorweinRule(&reader)
      try reader.finish()
    }
  }

  @Test("Its rule reads its keys and refuses others")
  func rule() throws {
    func steps(_ text: String) throws -> Int {
      try YAMLDecoder().decode(Written.self, from: text).rule.steps
    }
    #expect(try steps("{rule: barzilaiBorwein, steps: 3}") == 3)
    #expect(try steps("{rule: barzilaiBorwein}") == 5)
    #expect(throws: DecodingError.self) { try steps("{rule: barzilaiBorwein, steps: 0}") }
    #expect(throws: DecodingError.self) { try steps("{rule: barzilaiBorwein, step: 3}") }
  }
}
