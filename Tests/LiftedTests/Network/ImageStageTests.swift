import Tensors
import Testing

@testable import Lifted

/// Stages on images against what an affine stage promises, with the operator as a matrix for an oracle.
@Suite struct ImageStageTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let make: @Sendable () throws -> any AffineStage

    init(_ description: String, _ make: @Sendable @escaping () throws -> any AffineStage) {
      (testDescription, self.make) = (description, make)
    }
  }

  private static func shape(
    _ channels: Int, _ outputs: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, groups: Int = 1
  ) throws -> ConvolutionShape {
    try ConvolutionShape(
      input: ImageShape(channels: channels, height: 7, width: 9), channels: outputs,
      kernel: Extent(kernel), stride: Extent(stride), padding: Extent(padding),
      dilation: Extent(dilation), groups: groups)
  }

  static let cases = [
    Case("3x3") { Convolution(try shape(2, 3, 3, padding: 1)) },
    Case("3x3 without bias") { Convolution(try shape(3, 5, 3), hasBias: false) },
    Case("strided") { Convolution(try shape(2, 4, 3, stride: 2, padding: 2)) },
    Case("dilated, grouped") {
      Convolution(try shape(4, 6, 2, padding: 1, dilation: 3, groups: 2))
    },
    Case("transposed") { TransposedConvolution(adjointOf: try shape(3, 2, 3, stride: 2)) },
    Case("transposed without bias, grouped") {
      TransposedConvolution(
        adjointOf: try shape(4, 6, 3, stride: 3, padding: 1, groups: 2), hasBias: false)
    },
    Case("pooling") {
      try AveragePooling(ImageShape(channels: 3, height: 7, width: 9), window: Extent(2))
    },
    Case("overlapping pooling") {
      try AveragePooling(
        ImageShape(channels: 2, height: 7, width: 9), window: Extent(height: 3, width: 2),
        stride: Extent(height: 2, width: 1))
    },
  ]

  private let pool = WorkerPool(threads: 2)

  private func theta(_ stage: any AffineStage, lane: UInt64 = 1) -> [Tensor<Double>] {
    stage.parameters.enumerated().map { normal($1.shape, lane: lane + UInt64($0)) }
  }

  private func image(
    _ stage: any AffineStage, _ theta: [Tensor<Double>], _ x: Tensor<Double>
  ) -> Tensor<Double> {
    Layer(stage, Identity()).preactivation(theta, x, on: pool)
  }

  /// The columns of `x -> A x`, as rows.
  private func columns(_ stage: any AffineStage, _ theta: [Tensor<Double>]) -> Tensor<Double> {
    var units = Tensor<Double>(shape: [stage.inputs, stage.inputs])
    for j in 0..<stage.inputs { units[j, j] = 1 }
    var columns = Tensor<Double>(shape: [stage.inputs, stage.outputs])
    stage.apply(theta, to: units, into: &columns, on: pool, finish: nil)
    return columns
  }

  /// The columns of `theta -> A(theta) x + b(theta)` over a batch, as rows.
  private func parameterColumns(_ stage: any AffineStage, _ x: Tensor<Double>) -> Tensor<Double> {
    var rows: [[Double]] = []
    let zero = stage.parameters.map { Tensor<Double>(shape: $0.shape) }
    for slot in zero.indices {
      for i in 0..<zero[slot].count {
        var unit = zero
        unit[slot].withMutableSpan { $0[i] = 1 }
        rows.append(image(stage, unit, x).scalars)
      }
    }
    return Tensor(rows: rows)
  }

  @Test("The adjoint passes the dot-product test", arguments: cases)
  func adjoint(_ c: Case) throws {
    let stage = try c.make()
    let theta = theta(stage)
    let x: Tensor<Double> = normal([3, stage.inputs], lane: 5)
    let r: Tensor<Double> = normal([3, stage.outputs], lane: 6)
    var (z, u) = (r, x)
    stage.apply(theta, to: x, into: &z, on: pool, finish: nil)
    stage.adjoint(theta, of: r, into: &u, on: pool, finish: nil)
    #expect(abs(z.dot(r) - x.dot(u)) < 1e-11 * (z.squaredNorm * r.squaredNorm).squareRoot())
    #expect(u.squaredNorm > 0)
  }

  @Test("The gradient is that of <r, A x + b>, each element handed on once", arguments: cases)
  func gradient(_ c: Case) throws {
    let stage = try c.make()
    let x: Tensor<Double> = normal([3, stage.inputs], lane: 5)
    let r: Tensor<Double> = normal([3, stage.outputs], lane: 6)
    let found = stage.parameterGradient(of: r, at: x, scale: 0.3, on: pool).flatMap(\.scalars)
    let columns = stage.parameters.isEmpty ? nil : parameterColumns(stage, x)
    for i in found.indices {
      let expected = columns.map { 0.3 * $0.rows(i..<(i + 1)).dot(r) } ?? 0
      #expect(abs(found[i] - expected) < 1e-11)
    }
    var visits = stage.parameters.map { Tensor<Float>(shape: $0.shape) }
    visits.withPointers { visits in
      stage.gradient(of: r, at: x, scale: 1, on: pool) { parameter, range, _ in
        for i in range { visits[parameter][i] += 1 }
      }
    }
    #expect(visits.allSatisfy { $0.scalars.allSatisfy { $0 == 1 } })
  }

  @Test("The spectral norms are those of the operators as matrices", arguments: cases)
  func norms(_ c: Case) throws {
    let stage = try c.make()
    let theta = theta(stage)
    func square(_ matrix: Tensor<Double>) -> Double {
      var vector = Tensor<Double>(shape: [matrix.columns])
      return matrix.squaredSpectralNorm(vector: &vector, iterations: 4000, on: pool)
    }
    var vector = Tensor<Double>(shape: [stage.inputs])
    let expected = square(columns(stage, theta))
    let found = stage.squaredNorm(theta, vector: &vector, iterations: 4000, on: pool)
    #expect(abs(found / expected - 1) < 1e-6)
    // The vector is left where it ended: a single iteration now suffices.
    let again = stage.squaredNorm(theta, vector: &vector, iterations: 1, on: pool)
    #expect(abs(again / expected - 1) < 1e-6)
    let x: Tensor<Double> = normal([2, stage.inputs], lane: 5)
    let parameterNorm = stage.squaredParameterNorm(
      at: x, vector: &vector, iterations: 4000, on: pool)
    let truth = stage.parameters.isEmpty ? 0 : square(parameterColumns(stage, x))
    #expect(abs(parameterNorm - truth) <= 1e-6 * truth)
  }

  @Test("The implicit step is the minimiser of its quadratic model", arguments: cases, [1, 0.25])
  func implicitStep(_ c: Case, _ relaxation: Double) throws {
    let stage = try c.make()
    let (scale, tau) = (0.2, 1.5)
    let theta = theta(stage)
    let x: Tensor<Double> = normal([3, stage.inputs], lane: 5)
    let r: Tensor<Double> = normal([3, stage.outputs], lane: 6)
    var moved = theta
    try stage.implicitStep(
      &moved, residual: r, at: x, scale: scale, tau: tau, relaxation: relaxation, on: pool)
    var step: [Tensor<Double>] = []
    for (new, old) in zip(moved, theta) {
      var difference = new
      difference.combine(1 / relaxation, -1 / relaxation, old)
      step.append(difference)
    }
    // scale X^* (r + X d) + d / tau vanishes.
    var residual = image(stage, step, x)
    residual.combine(1, 1, r)
    let gradient = stage.parameterGradient(of: residual, at: x, scale: scale, on: pool)
    for (g, d) in zip(gradient, step) {
      var sum = g
      sum.combine(1, 1 / tau, d)
      #expect(sum.scalars.allSatisfy { abs($0) < 1e-9 })
      #expect(d.squaredNorm > 1e-6)
    }
  }

  @Test("Conjugate gradients agree with the patch Gram matrix")
  func conjugateGradients() throws {
    let stage = Convolution(try Self.shape(2, 3, 3, padding: 1))
    let x: Tensor<Double> = normal([4, stage.inputs], lane: 5)
    let r: Tensor<Double> = normal([4, stage.outputs], lane: 6)
    var (direct, iterated) = (theta(stage), theta(stage))
    try stage.implicitStep(
      &direct, residual: r, at: x, scale: 0.1, tau: 2, relaxation: 0.5, on: pool)
    try stage.conjugateGradientStep(
      &iterated, residual: r, at: x, scale: 0.1, tau: 2, relaxation: 0.5, on: pool)
    #expect(zip(direct, iterated).allSatisfy { distance($0, $1) < 1e-10 })
  }

  @Test("A step from inputs that are not finite is refused", arguments: [0, 4])
  func notFinite(_ index: Int) throws {
    let stage = try Self.cases[index].make()
    var theta = theta(stage)
    let x = Tensor<Double>(repeating: .nan, shape: [2, stage.inputs])
    let r: Tensor<Double> = normal([2, stage.outputs], lane: 6)
    #expect(throws: SolverError.self) {
      try stage.implicitStep(
        &theta, residual: r, at: x, scale: 1, tau: 1, relaxation: 1, on: pool)
    }
  }

  @Test("A unit's scaling and offset act on its own pixels alone", arguments: cases)
  func scaling(_ c: Case) throws {
    let stage = try c.make()
    guard stage.parameters.count == 2 else { return }
    var theta = theta(stage)
    theta[1] = Tensor(shape: theta[1].shape)
    let x: Tensor<Double> = normal([2, stage.inputs], lane: 5)
    let before = image(stage, theta, x)
    stage.scale(unit: 1, of: &theta, by: 3, offset: 0.5)
    let after = image(stage, theta, x)
    let pixels = stage.outputs / stage.units
    for i in 0..<2 {
      for j in 0..<stage.outputs {
        let expected = j / pixels == 1 ? 3 * before[i, j] + 0.5 : before[i, j]
        #expect(abs(after[i, j] - expected) < 1e-12)
      }
    }
  }
}
