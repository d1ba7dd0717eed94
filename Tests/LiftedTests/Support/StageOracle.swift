import Tensors

@testable import Lifted

/// A linear stage without an offset, written down as its formula: `z = x W^T`.
struct Matrix: AffineStage {
  let inputs: Int
  let outputs: Int
  var parameters: [ParameterShape] {
    [ParameterShape(name: "weight", shape: [outputs, inputs], fanIn: inputs)]
  }

  func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    for i in 0..<x.rows {
      for j in 0..<outputs {
        z[i, j] = (0..<inputs).reduce(0) { $0 + theta[0][j, $1] * x[i, $1] }
      }
    }
    let whole = Tile(rows: 0..<x.rows, columns: 0..<outputs)
    z.withMutablePointer { finish?(whole, $0) }
  }

  func offset<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S>? { nil }

  func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    for i in 0..<r.rows {
      for j in 0..<inputs {
        u[i, j] = (0..<outputs).reduce(0) { $0 + theta[0][$1, j] * r[i, $1] }
      }
    }
    let whole = Tile(rows: 0..<r.rows, columns: 0..<inputs)
    u.withMutablePointer { finish?(whole, $0) }
  }

  func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    var sums = [S](repeating: 0, count: inputs * outputs)
    for i in 0..<x.rows {
      for j in 0..<outputs {
        for k in 0..<inputs { sums[j * inputs + k] += scale * r[i, j] * x[i, k] }
      }
    }
    sums.withUnsafeBufferPointer { body(0, 0..<sums.count, $0.baseAddress!) }
  }

  func implicitStep<S: TensorScalar>(
    _ theta: inout [Tensor<S>], residual r: Tensor<S>, at x: Tensor<S>, scale: S, tau: S,
    relaxation: S, on pool: WorkerPool
  ) throws(SolverError) {
    throw .unsuitable("a test's stage has no implicit step")
  }

  func squaredNorm<S: TensorScalar>(
    _ theta: [Tensor<S>], vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    theta[0].squaredSpectralNorm(vector: &vector, iterations: iterations, on: pool)
  }

  func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    x.squaredSpectralNorm(vector: &vector, iterations: iterations, on: pool)
  }
}

/// A stage with normal parameters, inputs and residuals, and what every stage has to satisfy.
struct StageOracle {
  let stage: any AffineStage
  let theta: [Tensor<Double>]
  let x: Tensor<Double>
  let r: Tensor<Double>
  let pool = WorkerPool(threads: 2)

  init(_ stage: any AffineStage, samples: Int = 4) {
    self.stage = stage
    theta = stage.parameters.enumerated().map { normal($1.shape, lane: UInt64(1 + $0), scale: 0.5) }
    x = normal([samples, stage.inputs], lane: 50)
    r = normal([samples, stage.outputs], lane: 51)
  }

  /// `A x` at given parameters.
  func product(_ theta: [Tensor<Double>], _ x: Tensor<Double>) -> Tensor<Double> {
    stage.applied(theta, to: x, on: pool)
  }

  /// `|<A x, r> - <x, A^* r>|`, relative.
  var adjointError: Double {
    let (z, u) = (product(theta, x), stage.adjointed(theta, of: r, on: pool))
    return abs(z.dot(r) - x.dot(u)) / (z.squaredNorm * r.squaredNorm).squareRoot()
  }

  /// The gradient of `0.3 <r, A(theta) x + b(theta)>` against central differences.
  var gradientError: Double {
    let found = stage.parameterGradient(theta, of: r, at: x, scale: 0.3, on: pool)
    return theta.indices.map { k in
      largestSlopeError(of: found[k], at: theta[k]) { moved in
        var theta = theta
        theta[k] = moved
        var z = product(theta, x)
        if let b = stage.offset(theta) {
          for i in 0..<z.rows { for j in 0..<z.columns { z[i, j] += b[j] } }
        }
        return 0.3 * z.dot(r)
      }
    }.max() ?? 0
  }

  /// How often the pieces of the gradient visit an element: 1 is right.
  var visits: Set<Double> {
    var visits = stage.parameters.map { Tensor<Double>(shape: $0.shape) }
    let factors = stage.gradientFactors(theta, of: r, at: x, on: pool)
    visits.withPointers { visits in
      stage.gradient(of: factors.residual, at: factors.input, scale: 1, on: pool) { k, range, _ in
        for i in range { visits[k][i] += 1 }
      }
    }
    return Set(visits.flatMap(\.scalars))
  }

  /// `A` as a matrix, row `i` its image of unit vector `i`.
  var matrix: Tensor<Double> {
    var units = Tensor<Double>(shape: [stage.inputs, stage.inputs])
    for i in 0..<stage.inputs { units[i, i] = 1 }
    return product(theta, units)
  }

  /// `||A||^2` by the stage over that of its matrix.
  var normRatio: Double {
    var (mine, reference) = (Tensor<Double>(shape: [0]), Tensor<Double>(shape: [0]))
    return stage.squaredNorm(theta, vector: &mine, iterations: 3000, on: pool)
      / matrix.squaredSpectralNorm(vector: &reference, iterations: 3000, on: pool)
  }

  /// Whether `finish` is told of every element of result and adjoint once, after it is complete.
  var finishesOnce: Bool {
    var (z, u) = (product(theta, x), x)
    let (plain, back) = (z, stage.adjointed(theta, of: r, on: pool))
    let negate: (Tile, UnsafeMutablePointer<Double>, Int) -> Void = { tile, z, width in
      for i in tile.rows { for j in tile.columns { z[i * width + j] *= -1 } }
    }
    stage.apply(theta, to: x, into: &z, on: pool) { negate($0, $1, stage.outputs) }
    stage.adjoint(theta, of: r, into: &u, on: pool) { negate($0, $1, stage.inputs) }
    return z == plain.scaled(by: -1) && u == back.scaled(by: -1)
  }
}
