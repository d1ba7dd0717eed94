import Tensors
import Testing

@testable import Lifted

@Suite struct DenseTests {
  struct Size: Sendable, CustomTestStringConvertible {
    let samples: Int
    let inputs: Int
    let outputs: Int
    init(_ samples: Int, _ inputs: Int, _ outputs: Int) {
      (self.samples, self.inputs, self.outputs) = (samples, inputs, outputs)
    }
    var testDescription: String { "\(samples) samples, \(inputs) -> \(outputs)" }
  }

  static let sizes = [
    Size(1, 1, 1), Size(3, 2, 5), Size(7, 13, 4), Size(100, 30, 256), Size(260, 64, 65),
  ]

  private func theta(_ dense: Dense) -> [Tensor<Double>] {
    [normal([dense.outputs, dense.inputs], lane: 1), normal([dense.outputs], lane: 2)]
  }

  @Test("The product with a batch is W x for each sample", arguments: sizes)
  func apply(_ size: Size) throws {
    let dense = try Dense(size.inputs, size.outputs)
    let x: Tensor<Double> = normal([size.samples, size.inputs], lane: 3)
    var z = Tensor<Double>(shape: [size.samples, size.outputs])
    let theta = theta(dense)
    dense.apply(theta, to: x, into: &z, on: WorkerPool(threads: 2))
    for i in 0..<size.samples {
      for unit in 0..<size.outputs {
        let expected = (0..<size.inputs).reduce(0) { $0 + theta[0][unit, $1] * x[i, $1] }
        guard abs(z[i, unit] - expected) < 1e-11 else {
          Issue.record("sample \(i), unit \(unit)")
          return
        }
      }
    }
  }

  @Test("The adjoint passes the dot-product test", arguments: sizes)
  func adjoint(_ size: Size) throws {
    let dense = try Dense(size.inputs, size.outputs)
    let (theta, pool) = (theta(dense), WorkerPool(threads: 2))
    let x: Tensor<Double> = normal([size.samples, size.inputs], lane: 3)
    let r: Tensor<Double> = normal([size.samples, size.outputs], lane: 4)
    var (z, u) = (r, x)
    dense.apply(theta, to: x, into: &z, on: pool)
    dense.adjoint(theta, of: r, into: &u, on: pool)
    #expect(abs(z.dot(r) - x.dot(u)) < 1e-10 * (z.squaredNorm * r.squaredNorm).squareRoot())
    #expect(u.squaredNorm > 0)
  }

  @Test("The parameter gradient is scale r^T x and scale r^T 1", arguments: sizes)
  func gradient(_ size: Size) throws {
    let dense = try Dense(size.inputs, size.outputs)
    let x: Tensor<Double> = normal([size.samples, size.inputs], lane: 3)
    let r: Tensor<Double> = normal([size.samples, size.outputs], lane: 4)
    let found = dense.parameterGradient(of: r, at: x, scale: 0.3, on: WorkerPool(threads: 3))
    var (weight, bias) = (found[0], found[1])
    for unit in 0..<size.outputs {
      for i in 0..<size.samples {
        bias[unit] -= 0.3 * r[i, unit]
        for j in 0..<size.inputs { weight[unit, j] -= 0.3 * r[i, unit] * x[i, j] }
      }
    }
    #expect(weight.scalars.allSatisfy { abs($0) < 1e-10 })
    #expect(bias.scalars.allSatisfy { abs($0) < 1e-10 })
  }

  @Test("The pieces of the gradient cover each parameter once", arguments: sizes)
  func gradientPieces(_ size: Size) throws {
    let dense = try Dense(size.inputs, size.outputs)
    let x: Tensor<Float> = normal([size.samples, size.inputs], lane: 3)
    let r: Tensor<Float> = normal([size.samples, size.outputs], lane: 4)
    var visits = dense.parameters.map { Tensor<Float>(shape: $0.shape) }
    visits.withPointers { visits in
      dense.gradient(of: r, at: x, scale: 1, on: WorkerPool(threads: 3)) { parameter, range, _ in
        for i in range { visits[parameter][i] += 1 }
      }
    }
    #expect(visits.allSatisfy { $0.scalars.allSatisfy { $0 == 1 } })
  }

  @Test("The spectral norm is that of a matrix whose singular values are known")
  func spectralNorm() throws {
    // Two reflections around a diagonal leave its singular values.
    let (m, n) = (40, 25)
    let u: Tensor<Double> = normal([m], lane: 5)
    let v: Tensor<Double> = normal([n], lane: 6)
    func reflection(_ v: Tensor<Double>, _ i: Int, _ j: Int) -> Double {
      (i == j ? 1 : 0) - 2 * v[i] * v[j] / v.squaredNorm
    }
    var weight = Tensor<Double>(shape: [m, n])
    for i in 0..<m {
      for j in 0..<n {
        for k in 0..<n {
          let value = k == 0 ? 3.0 : 2.0 / Double(k)
          weight[i, j] += reflection(u, i, k) * value * reflection(v, k, j)
        }
      }
    }
    let dense = try Dense(n, m)
    var vector = Tensor<Double>(shape: [n])
    let pool = WorkerPool(threads: 1)
    let theta = [weight, Tensor(shape: [m])]
    let cold = dense.squaredNorm(theta, vector: &vector, iterations: 40, on: pool)
    #expect(abs(cold - 9) < 1e-6)
    // The vector is left at the dominant one: a single iteration now suffices.
    #expect(abs(dense.squaredNorm(theta, vector: &vector, iterations: 1, on: pool) - 9) < 1e-6)
    var other = Tensor<Double>(shape: [n])
    let zeros = [Tensor<Double>(shape: [m, n]), Tensor(shape: [m])]
    #expect(dense.squaredNorm(zeros, vector: &other, iterations: 5, on: pool) == 0)
  }

  @Test("Widths below one are refused", arguments: [(0, 3), (3, 0), (-1, 2)])
  func widths(_ inputs: Int, _ outputs: Int) {
    #expect(throws: SolverError.self) { try Dense(inputs, outputs) }
  }
}
