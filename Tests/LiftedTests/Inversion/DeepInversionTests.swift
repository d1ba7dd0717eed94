import Proximal
import Tensors
import Testing

@testable import Lifted

/// Inversion of several layers by lifting, against formulas and optimality conditions.
@Suite struct DeepInversionTests {
  private let pool = WorkerPool(threads: 1)

  @Test("A Jacobi step is the formula's", arguments: Formula.separable)
  func formula(_ formula: Formula) throws {
    let inverse = try DeepCase([3, 5, 6, 4], [formula, formula, .identity], gain: 1)
    let inversion = try inverse.inversion(sweep: .jacobi)
    let lambda = inversion.energy.weights
    var state = try inversion.start(
      from: .given(normal([4, 3], lane: 8)), measured: inverse.measured, on: pool)
    // Off the network, so that every term counts.
    for _ in 0..<3 { inversion.step(&state, on: pool) }
    state.dropMomentum()
    let before = state.x
    inversion.step(&state, on: pool)
    for i in 0..<4 {
      let x = before.map { $0.row(i) }
      let z = [[]] + (1...3).map { inverse.naive.preactivation($0, inverse.theta, x[$0 - 1]) }
      for l in 0..<3 {
        let sigma = inverse.naive.formulas[l].sigma(z[l + 1])
        let residual = zip(sigma, x[l + 1]).map(-)
        let mu = Double(inversion.steps[l])
        let w = inverse.theta.layers[l][0]
        for j in x[l].indices {
          let pull = residual.indices.reduce(0.0) { $0 + w[$1, j] * residual[$1] }
          var expected = x[l][j] - mu * lambda[l] * pull
          if l > 0 {
            expected += mu * lambda[l - 1] * z[l][j]
            let activation = try formula.activation
            withUnsafeMutablePointer(to: &expected) {
              activation.proxPhi(of: $0, step: mu * lambda[l - 1], into: $0, count: 1)
            }
          }
          #expect(abs(state.x[l][i, j] - expected) < 1e-12, "variable \(l)")
        }
      }
    }
  }

  @Test(
    "Unaccelerated, no sweep of any order raises the energy", arguments: Sweep.allCases,
    [Formula.relu, .tanh, .softThreshold])
  func monotone(_ sweep: Sweep, _ formula: Formula) throws {
    for weights in [LayerWeights.constant, .growing(by: 5), .growing(by: 0.2)] {
      let inverse = try DeepCase([4, 9, 8, 7], [formula, formula, .identity])
      let inversion = try inverse.inversion(weights: weights, sweep: sweep, accelerated: false)
      var state = try inversion.start(from: .zero, measured: inverse.measured, on: pool)
      var last = inversion.energy.value(at: try state.point(inversion), on: pool).total
      for step in 0..<60 {
        inversion.step(&state, on: pool)
        let value = inversion.energy.value(at: try state.point(inversion), on: pool).total
        #expect(value <= last * (1 + 1e-12), "step \(step), \(weights)")
        last = value
      }
    }
  }

  @Test("Where it comes to rest every block is stationary", arguments: Sweep.allCases)
  func stationary(_ sweep: Sweep) throws {
    // Measurements that no input gives, so that the rest is not at the network.
    let inverse = try DeepCase([3, 6, 7, 8], [.tanh, .tanh, .identity], gain: 1)
    let inversion = try inverse.inversion(weights: .growing(by: 2), sweep: sweep)
    var f = inverse.measured
    f.combine(1, 0.1, normal(f.shape, lane: 9))
    var state = try inversion.start(from: .zero, measured: f, on: pool)
    for _ in 0..<8000 { inversion.step(&state, on: pool) }
    let descent = try BlockDescent(inversion.energy, free: .inversion)
    var there = descent.start(at: try state.point(inversion), on: pool)
    let measures = descent.stationarity(&there, on: pool)
    #expect(measures.allSatisfy { $0 < 1e-7 }, "\(measures)")
    #expect(inversion.consistencyGaps(state, on: pool).allSatisfy { $0 > 1e-5 })
  }

  @Test(
    "Inputs of injective networks are recovered",
    arguments: [Formula.relu, .tanh, .softThreshold])
  func recovery(_ formula: Formula) throws {
    let inverse = try DeepCase([3, 24, 30, 36], [formula, formula, .identity])
    let result = try inverse.run(try inverse.inversion(), steps: 3000)
    #expect(distance(result.u, inverse.truth) < 1e-6)
    #expect(result.warnings.isEmpty && result.residuals.allSatisfy { $0 < 1e-12 })
  }

  @Test("Activations without a derivative are inverted; back-propagation refuses them")
  func withoutDerivative() throws {
    let network = try Network {
      try dense(3, 20, Derivativeless())
      try dense(20, 20, Identity())
    }
    let theta = Parameters<Double>.random(network, gain: 2)
    let truth: Tensor<Double> = normal([2, 3], lane: 5)
    let f = network.output(of: truth, at: theta, on: pool)
    let inversion = try DeepInversion(network, theta, on: pool)
    var state = try inversion.start(from: .zero, measured: f, on: pool)
    let found = try inversion.run(&state, until: StopRule(maximumIterations: 3000), on: pool)
    #expect(distance(found.u, truth) < 1e-6)
    #expect(throws: SolverError.self) {
      try SweepInversion(network, theta, signal: BackPropagation())
    }
  }

  @Test("A start at which all units are inactive stops back-propagation, not lifting")
  func dead() throws {
    var inverse = try DeepCase([3, 40, 30, 30], [.relu, .relu, .identity])
    var theta = inverse.theta
    theta.layers[0][1] = Tensor(repeating: -0.5, shape: [40])
    inverse = DeepCase(inverse, theta: theta)
    let lifted = try inverse.run(try inverse.inversion(), steps: 2000)
    let back = try inverse.run(
      try SweepInversion(
        inverse.network, theta, signal: BackPropagation(), step: .adam(Adam(stepSize: 0.03))),
      steps: 2000)
    #expect(back.u == Tensor(shape: [4, 3]))
    #expect(back.warnings.map(\.layer) == [1] && back.warnings[0].deadFraction == 1)
    #expect(lifted.residuals.max()! < 1e-3 * back.residuals.min()!)
  }

  @Test("Rows do not depend on the batch")
  func rows() throws {
    let inverse = try DeepCase()
    let inversion = try inverse.inversion()
    let together = try inverse.run(inversion, steps: 200)
    for i in 0..<4 {
      var state = try inversion.start(
        from: .zero, measured: inverse.measured.rows(i..<(i + 1)), on: pool)
      let alone = try inversion.run(&state, until: StopRule(maximumIterations: 200), on: pool)
      #expect(distance(alone.u, together.u.rows(i..<(i + 1))) < 1e-10)
      #expect(abs(alone.residuals[0] - together.residuals[i]) < 1e-10)
    }
  }

  @Test("The number of threads changes no bit", arguments: [2, 4])
  func threads(_ threads: Int) throws {
    let inverse = try DeepCase([20, 70, 80, 60], samples: 40)
    let inversion = try inverse.inversion()
    let (one, many) = (
      try inverse.run(inversion, steps: 40), try inverse.run(inversion, steps: 40, threads: threads)
    )
    #expect(one.u == many.u && one.residuals == many.residuals && one.history == many.history)
  }

  @Test("A state that is copied and gone on from is the uninterrupted run")
  func resume() throws {
    let inverse = try DeepCase()
    let inversion = try inverse.inversion(forwardRestart: 17)
    let whole = try inverse.run(inversion, steps: 90)
    var state = try inversion.start(from: .zero, measured: inverse.measured, on: pool)
    for _ in 0..<33 {
      _ = try inversion.advance(&state, by: StopRule(maximumIterations: 90), on: pool)
    }
    var copy = state
    _ = try inversion.run(&state, until: StopRule(maximumIterations: 50), on: pool)
    let rest = try inversion.run(&copy, until: StopRule(maximumIterations: 90), on: pool)
    #expect(rest.u == whole.u && rest.history == whole.history)
  }

  @Test("What is kept is each row's best by the forward objective")
  func best() throws {
    let inverse = try DeepCase()
    let inversion = try inverse.inversion(judgementInterval: 1)
    var state = try inversion.start(from: .zero, measured: inverse.measured, on: pool)
    var least = Array(repeating: Double.infinity, count: 4)
    func judge(_ u: Tensor<Double>) {
      for i in 0..<4 {
        let output = inverse.naive.forward(inverse.theta, u.row(i))[3]
        let loss = zip(output, inverse.measured.row(i)).reduce(0) {
          $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / 2
        }
        least[i] = min(least[i], loss)
      }
    }
    judge(state.input)
    for _ in 0..<60 {
      _ = try inversion.advance(&state, by: StopRule(maximumIterations: 60), on: pool)
      judge(state.input)
    }
    for i in 0..<4 { #expect(abs(state.best.terms[i].residual - least[i]) < 1e-12) }
    #expect(state.best.history.count == 61)
  }
}

extension DeepCase {
  /// The same inputs through other parameters.
  init(_ other: DeepCase, theta: Parameters<Double>) {
    (naive, truth, self.theta) = (other.naive, other.truth, theta)
    measured = other.naive.network.output(of: other.truth, at: theta, on: other.pool)
  }
}
