import Tensors

/// A fully connected stage: `z = W x + b`, `W` of shape `(outputs, inputs)`.
public struct Dense: AffineStage {
  /// Numbers per sample that come in, at least 1.
  public let inputs: Int
  /// Numbers per sample that go out, at least 1.
  public let outputs: Int

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)`` for a width below 1.
  public init(_ inputs: Int, _ outputs: Int) throws(SolverError) {
    for (name, width) in [("inputs", inputs), ("outputs", outputs)] where width < 1 {
      throw .outOfRange(parameter: name, value: Double(width), admissible: "at least 1")
    }
    (self.inputs, self.outputs) = (inputs, outputs)
  }

  /// `weight` of shape `(outputs, inputs)`, `bias` of shape `(outputs)`.
  public var parameters: [ParameterShape] {
    [
      ParameterShape(name: "weight", shape: [outputs, inputs], fanIn: inputs),
      ParameterShape(name: "bias", shape: [outputs], fanIn: 0),
    ]
  }

  /// `z <- x W^T`, samples x outputs. Cost: `2 samples inputs outputs` operations.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    check(theta[0], inputs: x.shape, outputs: z.shape)
    theta[0].withPointer { multiply(x, by: .transposed($0), into: &z, on: pool, finish) }
  }

  /// `b`.
  public func offset<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S>? { theta[1] }

  /// `u <- r W`, samples x inputs. Cost: `2 samples inputs outputs` operations.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    check(theta[0], inputs: u.shape, outputs: r.shape)
    theta[0].withPointer { multiply(r, by: .plain($0), into: &u, on: pool, finish) }
  }

  /// `c <- a B`, tiles that are complete handed to `finish`.
  private func multiply<S: TensorScalar>(
    _ a: Tensor<S>, by b: Factor<S>, into c: inout Tensor<S>, on pool: WorkerPool,
    _ finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    let (m, n, k) = (c.rows, c.columns, a.columns)
    a.withPointer { a in
      c.withMutablePointer { c in
        pool.product(.plain(a), b, into: c, m: m, n: n, k: k) { finish?($0, c) }
      }
    }
  }

  /// `dW = scale r^T x`, `db = scale r^T 1`, a band of whole units at a time: an update then runs
  /// through weights and moments in long stretches. BLAS copies all of `x` for every band, so there
  /// are few of them.
  public func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    check(inputs: x.shape, outputs: r.shape)
    let samples = r.rows
    let bands = min(Tiling.pieces(for: 2 * samples * inputs * outputs), outputs, Self.mostBands)
    let width = (outputs + bands - 1) / bands
    r.withPointer { r in
      x.withPointer { x in
        pool.forEach((outputs + width - 1) / width) { band in
          let units = (band * width)..<min((band + 1) * width, outputs)
          withUnsafeTemporaryAllocation(of: S.self, capacity: units.count * (inputs + 1)) {
            let weight = $0.baseAddress!
            let bias = weight + units.count * inputs
            S.gemm(
              transposeA: true, transposeB: false, m: units.count, n: inputs, k: samples,
              alpha: scale, a: r + units.lowerBound, lda: outputs, b: x, ldb: inputs, beta: 0,
              c: weight, ldc: inputs)
            columnSums(
              r + units.lowerBound, rows: samples, stride: outputs, scale: scale, into: bias,
              count: units.count)
            body(0, (units.lowerBound * inputs)..<(units.upperBound * inputs), weight)
            body(1, units, bias)
          }
        }
      }
    }
  }

  private static let mostBands = 8

  /// `||W||_2^2` by power iteration. Cost: `4 inputs outputs` operations an iteration.
  public func squaredNorm<S: TensorScalar>(
    _ theta: [Tensor<S>], vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    theta[0].squaredSpectralNorm(vector: &vector, iterations: iterations, on: pool)
  }

  /// `||X||_2^2 + samples`, at least `||[X 1]||_2^2`. Cost: `4 samples inputs` operations an iteration.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    x.squaredSpectralNorm(vector: &vector, iterations: iterations, on: pool) + S(x.rows)
  }

  /// Ridge regression of the residuals on the inputs. Cost: one Cholesky factorisation of order
  /// `min(samples, inputs + 1)`, its inverse, and two or three products.
  public func implicitStep<S: TensorScalar>(
    _ theta: inout [Tensor<S>], residual r: Tensor<S>, at x: Tensor<S>, scale: S, tau: S,
    relaxation: S, on pool: WorkerPool
  ) throws(SolverError) {
    // scale (<r, dW x> + 1/2 ||dW x||^2) + 1/(2 tau) ||dW||^2: ridge regression with weight
    // 1 / (scale tau), solved through the smaller Gram matrix.
    check(theta[0], inputs: x.shape, outputs: r.shape)
    let ridge = 1 / (scale * tau)
    let solve = GramSolve(inputs: x, ridge: ridge)
    try solve.subtractSolution(for: r, from: &theta, times: relaxation, on: pool)
  }
}

extension Dense {
  /// Traps on matrices that do not fit: the kernels do not look where a matrix ends.
  private func check<S: TensorScalar>(_ weight: Tensor<S>, inputs x: [Int], outputs z: [Int]) {
    precondition(
      weight.shape == [outputs, inputs],
      "a weight of shape \(weight.shape) in a layer of \(inputs) inputs and \(outputs) outputs")
    check(inputs: x, outputs: z)
  }

  private func check(inputs x: [Int], outputs z: [Int]) {
    precondition(
      x.count == 2 && z.count == 2 && x[0] == z[0] && x[1] == inputs && z[1] == outputs,
      "matrices of shapes \(x) and \(z) at a layer of \(inputs) inputs and \(outputs) outputs")
  }
}

/// `out_j <- scale sum_i r_ij` for the first `count` columns of a matrix whose rows are `stride` apart.
func columnSums<S: TensorScalar>(
  _ r: UnsafePointer<S>, rows: Int, stride: Int, scale: S, into out: UnsafeMutablePointer<S>,
  count: Int
) {
  out.update(repeating: 0, count: count)
  for row in 0..<rows { S.add(r + row * stride, to: out, count: count) }
  S.combine(scale, out, 0, out, into: out, count: count)
}
