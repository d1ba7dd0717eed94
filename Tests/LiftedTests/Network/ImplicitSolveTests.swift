import Tensors
import Testing

@testable import Lifted

/// The weight block's implicit step against its definition.
@Suite struct ImplicitSolveTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let samples: Int
    let features: Int
    var testDescription: String { "\(samples) samples, \(features) features" }
  }

  static let cases = [
    Case(samples: 1, features: 1), Case(samples: 5, features: 12), Case(samples: 13, features: 12),
    Case(samples: 14, features: 12), Case(samples: 60, features: 12),
    Case(samples: 300, features: 40),
  ]

  private let units = 3
  private let scale = 0.2

  private func problem(_ c: Case) -> (theta: [Tensor<Double>], r: Tensor<Double>, x: Tensor<Double>)
  {
    let theta: [Tensor<Double>] = [normal([units, c.features], lane: 1), normal([units], lane: 2)]
    return (theta, normal([c.samples, units], lane: 3), normal([c.samples, c.features], lane: 4))
  }

  /// The step `theta_new - theta` as a matrix `units x (features + 1)`.
  private func step(
    _ c: Case, tau: Double, relaxation: Double = 1
  ) throws -> Tensor<Double> {
    let (theta, r, x) = problem(c)
    var moved = theta
    try Dense(c.features, units).implicitStep(
      &moved, residual: r, at: x, scale: scale, tau: tau, relaxation: relaxation,
      on: WorkerPool(threads: 2))
    var d = Tensor<Double>(shape: [units, c.features + 1])
    for unit in 0..<units {
      for j in 0..<c.features { d[unit, j] = moved[0][unit, j] - theta[0][unit, j] }
      d[unit, c.features] = moved[1][unit] - theta[1][unit]
    }
    return d
  }

  /// `scale (R + Xb d^T)^T Xb + d / tau`, which vanishes at the minimiser.
  private func gradient(_ c: Case, at d: Tensor<Double>, tau: Double) -> Tensor<Double> {
    let (_, r, x) = problem(c)
    let xb = x.appendingOnes()
    var g = d.scaled(by: 1 / tau)
    for i in 0..<c.samples {
      for unit in 0..<units {
        let residual = (0...c.features).reduce(r[i, unit]) { $0 + d[unit, $1] * xb[i, $1] }
        for j in 0...c.features { g[unit, j] += scale * residual * xb[i, j] }
      }
    }
    return g
  }

  @Test("The step satisfies the optimality condition of its quadratic model", arguments: cases)
  func optimality(_ c: Case) throws {
    for tau in [1e-3, 0.1, 1, 10, 1e3] {
      let d = try step(c, tau: tau)
      let zero = Tensor<Double>(shape: d.shape)
      let (there, start) = (gradient(c, at: d, tau: tau), gradient(c, at: zero, tau: tau))
      #expect(there.squaredNorm.squareRoot() < 1e-9 * start.squaredNorm.squareRoot(), "tau \(tau)")
    }
  }

  @Test("The step is the solution of the dense normal equations", arguments: cases)
  func normalEquations(_ c: Case) throws {
    let tau = 0.7
    let (_, r, x) = problem(c)
    let (xb, n) = (x.appendingOnes(), c.features + 1)
    var a = Tensor<Double>(shape: [n, n])
    for i in 0..<c.samples {
      for j in 0..<n { for k in 0..<n { a[j, k] += scale * xb[i, j] * xb[i, k] } }
    }
    try a.invertPositiveDefinite(adding: 1 / tau, what: "test")
    let d = try step(c, tau: tau)
    for unit in 0..<units {
      for j in 0..<n {
        var expected = 0.0
        for i in 0..<c.samples {
          for k in 0..<n { expected -= scale * r[i, unit] * xb[i, k] * a[k, j] }
        }
        #expect(abs(d[unit, j] - expected) < 1e-10)
      }
    }
  }

  @Test("As tau tends to 0 the step becomes the gradient step of size tau", arguments: cases)
  func smallTau(_ c: Case) throws {
    let tau = 1e-7
    var d = try step(c, tau: tau)
    let zero = Tensor<Double>(shape: d.shape)
    let g = gradient(c, at: zero, tau: tau)
    let size = g.squaredNorm.squareRoot() * tau
    d.combine(1, tau, g)
    // The difference from the old parameters loses digits.
    #expect(d.squaredNorm.squareRoot() < 1e-3 * size)
  }

  @Test("As tau tends to infinity the step becomes that of the pseudo-inverse", arguments: cases)
  func largeTau(_ c: Case) throws {
    let tau = 1e8
    let d = try step(c, tau: tau)
    // Least squares: the remaining residual is orthogonal to the inputs; with fewer samples than
    // features it vanishes, and the smallest such step lies in the span of the samples.
    let g = gradient(c, at: d, tau: .infinity)
    let start = gradient(c, at: Tensor(shape: d.shape), tau: .infinity)
    #expect(g.squaredNorm.squareRoot() < 1e-5 * start.squaredNorm.squareRoot())
    let closer = try step(c, tau: 10 * tau)
    #expect(distance(d, closer) < 1e-3, "converged")
  }

  @Test("Relaxation scales the step")
  func relaxation() throws {
    let c = Self.cases[2]
    let (whole, part) = (try step(c, tau: 1), try step(c, tau: 1, relaxation: 0.25))
    #expect(distance(whole.scaled(by: 0.25), part) < 1e-12)
  }

  @Test("Undefined inputs are reported, not inverted", arguments: [5, 60])
  func undefinedInputs(_ samples: Int) throws {
    var x: Tensor<Float> = normal([samples, 12], lane: 1)
    x[2, 3] = .nan
    var theta: [Tensor<Float>] = [normal([units, 12], lane: 2), normal([units], lane: 3)]
    let dense = try Dense(12, units)
    #expect(throws: SolverError.self) {
      try dense.implicitStep(
        &theta, residual: normal([samples, units], lane: 4), at: x, scale: 1, tau: 1, relaxation: 1,
        on: WorkerPool(threads: 1))
    }
  }
}
