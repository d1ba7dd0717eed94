import Tensors

/// `(A x)_p = d_p x_p`, all channels alike. The norm `max |d|` is exact.
struct Diagonal: LinearOperator {
  let input: ImageShape
  var output: ImageShape { input }
  let norm: Double
  private let factors: (float: [Float], double: [Double])

  /// One factor for each pixel.
  init(_ input: ImageShape, _ factors: [Double]) {
    precondition(factors.count == input.pixels, "\(factors.count) factors for \(input)")
    self.input = input
    norm = factors.reduce(0) { max($0, abs($1)) }
    self.factors = (factors.map { Float($0) }, factors)
  }

  func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    let planes = x.rows * input.channels
    withBatches(x, input, into: &y, input) { x, y, _ in
      if S.self == Float.self {
        multiply(concrete(x, Float.self), factors.float, concrete(y, Float.self), planes, pool)
      } else {
        multiply(concrete(x, Double.self), factors.double, concrete(y, Double.self), planes, pool)
      }
    }
  }

  func adjoint<S: TensorScalar>(of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool) {
    apply(y, into: &x, on: pool)
  }

  private func multiply<S: TensorScalar>(
    _ x: UnsafePointer<S>, _ factors: [S], _ y: UnsafeMutablePointer<S>, _ planes: Int,
    _ pool: WorkerPool
  ) {
    factors.withUnsafeBufferPointer { factors in
      let d = factors.baseAddress!
      pool.forEachBand(planes: planes, height: input.height, width: input.width) { plane, rows in
        let start = rows.lowerBound * input.width
        let (x, y, d) = (
          x + plane * input.pixels + start, y + plane * input.pixels + start, d + start
        )
        for i in 0..<rows.count * input.width { y[i] = d[i] * x[i] }
      }
    }
  }
}
