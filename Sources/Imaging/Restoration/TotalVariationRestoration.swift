import Proximal
import Tensors

/// Deblurring, inpainting, tomography without learning:
///
///     min_x  1/2 ||A x - y||^2 + weight J(x)
///
/// `J` the isotropic total variation of each channel, by the primal-dual hybrid gradient method:
///
///     x+ = (1 + tau A^* A)^(-1) (x + tau (A^* y - weight D^* p)),   tau sigma ||D||^2 = 1
///     p  <- P(p + (sigma/weight) D(2 x+ - x))
///
/// `P` the projection of each pixel onto the unit disc. For operators without a closed form of the
/// inverse, `x+ = x - tau (A^*(A x - y) + weight D^* p)` with `1/tau = sigma ||D||^2 + ||A||^2 / 2`: more
/// iterations. `tau` is `stride/weight`, or as much of it as that condition allows: one iteration
/// moves a pixel by `stride` at the most that the total variation can. It ends when the root mean
/// square change of no picture in an iteration exceeds `tolerance`.
/// Cost of an iteration: the inverse, or one `A^* A`, and some 40 operations per pixel.
///
/// Sources: Chambolle and Pock, J. Math. Imaging Vision 40, 2011; Condat, J. Optim. Theory Appl. 158,
/// 2013.
public struct TotalVariationRestoration: Sendable, Equatable {
  /// The weight of the total variation, `> 0`.
  public let weight: Double
  /// `tau weight`, `> 0`, in the units of the picture.
  public let stride: Double
  /// The change at which it ends, `>= 0`, in the units of the picture.
  public let tolerance: Double
  /// The most iterations, at least 1.
  public let maximumIterations: Int

  /// - Throws: ``ImagingError`` for parameters out of range.
  public init(
    weight: Double, stride: Double = 0.02, tolerance: Double = 5e-5, maximumIterations: Int = 1000
  ) throws(ImagingError) {
    let name = "TotalVariationRestoration"
    try ImagingError.require(weight > 0, name, "weight", weight, "a finite number greater than 0")
    try ImagingError.require(stride > 0, name, "stride", stride, "a finite number greater than 0")
    try ImagingError.require(tolerance >= 0, name, "tolerance", tolerance, "a finite number >= 0")
    try ImagingError.require(maximumIterations, atLeast: 1, name, "maximumIterations")
    (self.weight, self.stride, self.tolerance) = (weight, stride, tolerance)
    self.maximumIterations = maximumIterations
  }

  /// The pictures of a batch of measurements.
  /// - Parameters:
  ///   - y: measurements, one in each row, of the extents `a.output`.
  ///   - a: the operator.
  ///   - start: a first guess of the pictures; by default `A^* y` divided by `A^* A 1`, pixel by pixel.
  ///   - pool: shares the work.
  public func restore<S: TensorScalar>(
    _ y: Tensor<S>, by a: any LinearOperator, from start: Tensor<S>? = nil, on pool: WorkerPool
  ) -> Restored<S> {
    let guess = start ?? a.firstGuess(of: y, on: pool)
    var state = PrimalDualState(guess, a, self, data: a.adjoint(of: y, on: pool))
    state.start(on: pool)
    var (iterations, change) = (0, Double.infinity)
    while iterations < maximumIterations && change > tolerance {
      change = state.advance(on: pool)
      iterations += 1
    }
    let misfit = a.apply(state.x, on: pool).squaredDistance(to: y)
    return Restored(
      pictures: state.x, value: misfit / 2 + state.variation(),
      iterations: iterations, isSettled: change <= tolerance)
  }
}

/// Restored pictures, with what is known of them.
public struct Restored<S: TensorScalar>: Sendable, Equatable {
  /// The pictures, one in each row.
  public let pictures: Tensor<S>
  /// What was minimised, summed over the pictures.
  public let value: Double
  /// Iterations it took.
  public let iterations: Int
  /// Whether it ended because the pictures no longer changed.
  public let isSettled: Bool
}

extension LinearOperator {
  /// `A^* y / A^* A 1`; the mean of that at pixels that are not seen.
  func firstGuess<S: TensorScalar>(of y: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
    let ones = Tensor<S>(repeating: 1, shape: input.batch(1))
    let sight = adjoint(of: apply(ones, on: pool), on: pool)
    var guess = adjoint(of: y, on: pool)
    let (columns, least) = (input.count, (sight.scalars.max() ?? 0) / 1000)
    for row in 0..<guess.rows { guess.divideRow(row, by: sight.scalars, least, columns) }
    return guess
  }
}

extension Tensor {
  /// `||self - other||^2`, whatever the two shapes are called.
  fileprivate func squaredDistance(to other: Tensor) -> Double {
    precondition(count == other.count, "measurements of shapes \(shape) and \(other.shape)")
    return withPointer { x in
      other.withPointer { y in
        (0..<count).reduce(0) { $0 + Double(x[$1] - y[$1]) * Double(x[$1] - y[$1]) }
      }
    }
  }

  fileprivate mutating func divideRow(
    _ row: Int, by sight: [Scalar], _ least: Scalar, _ columns: Int
  ) {
    withMutablePointer { x in
      let x = x + row * columns
      var (sum, seen) = (0.0, 0.0)
      for i in 0..<columns where sight[i] > least && sight[i] > 0 {
        x[i] /= sight[i]
        sum += Double(x[i])
        seen += 1
      }
      for i in 0..<columns where !(sight[i] > least && sight[i] > 0) {
        x[i] = seen > 0 ? Scalar(sum / seen) : 0
      }
    }
  }
}
