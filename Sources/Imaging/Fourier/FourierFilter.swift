import Tensors

/// `x -> F^(-1) K F x` on planes, `K` the transform of a real kernel: a circular convolution.
struct FourierFilter: Sendable {
  /// `K` on the half spectrum, pairs of real and imaginary part.
  let transfer: [Double]
  private let float: (plan: RealFourier<Float>, transfer: [Float])
  private let double: RealFourier<Double>

  init(height: Int, width: Int, transfer: [Double]) {
    self.transfer = transfer
    double = RealFourier(height: height, width: width)
    float = (RealFourier(height: height, width: width), transfer.map { Float($0) })
  }

  /// The transfer function of a kernel around the origin; what reaches beyond the plane wraps around.
  static func transfer(of kernel: BlurKernel, height: Int, width: Int) -> [Double] {
    var plane = [Double](repeating: 0, count: height * width)
    for i in 0..<kernel.height {
      for j in 0..<kernel.width {
        let (y, x) = (wrap(i - kernel.height / 2, height), wrap(j - kernel.width / 2, width))
        plane[y * width + x] += kernel.weights[i * kernel.width + j]
      }
    }
    let fourier = RealFourier<Double>(height: height, width: width)
    var transfer = [Double](repeating: 0, count: fourier.count)
    fourier.forward(plane, planes: 1, into: &transfer, on: WorkerPool(threads: 1))
    return transfer
  }

  private static func wrap(_ i: Int, _ extent: Int) -> Int {
    let rest = i % extent
    return rest < 0 ? rest + extent : rest
  }

  /// `f(|K|^2)`, a real transfer function.
  func transfer(_ f: (Double) -> Double) -> [Double] {
    var values = transfer
    for i in stride(from: 0, to: values.count, by: 2) {
      let (re, im) = (values[i], values[i + 1])
      (values[i], values[i + 1]) = (f(re * re + im * im), 0)
    }
    return values
  }

  /// `max |K|`: the spectral norm.
  var norm: Double {
    stride(from: 0, to: transfer.count, by: 2).reduce(0) { largest, i in
      let (re, im) = (transfer[i], transfer[i + 1])
      return max(largest, (re * re + im * im).squareRoot())
    }
  }

  /// `y <- F^(-1) K F x`, or with the conjugate of `K`: the adjoint.
  func apply<S: TensorScalar>(
    _ x: UnsafePointer<S>, planes: Int, conjugate: Bool, into y: UnsafeMutablePointer<S>,
    on pool: WorkerPool
  ) {
    if S.self == Float.self {
      filter(
        concrete(x, Float.self), planes, conjugate, concrete(y, Float.self), float.plan,
        float.transfer, pool)
    } else {
      filter(
        concrete(x, Double.self), planes, conjugate, concrete(y, Double.self), double, transfer,
        pool)
    }
  }

  private func filter<S: TensorScalar>(
    _ x: UnsafePointer<S>, _ planes: Int, _ conjugate: Bool, _ y: UnsafeMutablePointer<S>,
    _ fourier: RealFourier<S>, _ transfer: [S], _ pool: WorkerPool
  ) {
    let scale = 1 / S(fourier.height * fourier.width)
    let sign: S = conjugate ? -1 : 1
    withUnsafeTemporaryAllocation(of: S.self, capacity: planes * fourier.count) { buffer in
      let spectrum = buffer.baseAddress!
      fourier.forward(x, planes: planes, into: spectrum, on: pool)
      transfer.withUnsafeBufferPointer { k in
        pool.forEachBand(planes: planes, height: fourier.height, width: 2 * fourier.columns) {
          plane, rows in
          let first = rows.lowerBound * 2 * fourier.columns
          let z = spectrum + plane * fourier.count
          for i in stride(from: first, to: first + rows.count * 2 * fourier.columns, by: 2) {
            let (re, im) = (k[i] * scale, k[i + 1] * sign * scale)
            (z[i], z[i + 1]) = (z[i] * re - z[i + 1] * im, z[i] * im + z[i + 1] * re)
          }
        }
      }
      fourier.inverse(spectrum, planes: planes, into: y, on: pool)
    }
  }
}
