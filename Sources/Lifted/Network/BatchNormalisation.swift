import Tensors

/// Normalisation of each channel by its mean and variance, then a scale and an offset of its own:
///
///     z_c = weight_c (x_c - mean_c) / sqrt(variance_c + epsilon) + bias_c
///
/// Mean and variance are running ones and stay as they are within a block solve, so that the stage is
/// affine; see ``Parameters/renewStatistics(of:from:keeping:on:)``. They stand beside weight and bias under
/// PyTorch's names. PyTorch's `BatchNorm2d` in `eval` mode.
///
/// Source: Ioffe and Szegedy, ICML 2015.
public struct BatchNormalisation: NormalisingStage {
  /// Channels of images; for rows of numbers, each is a channel of one pixel.
  private let image: ImageShape
  private let isImage: Bool
  /// Added to variances, greater than 0.
  public let epsilon: Double

  /// Of the channels of an image.
  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)`` unless `epsilon > 0`.
  public init(_ image: ImageShape, epsilon: Double = 1e-5) throws(SolverError) {
    try SolverError.requirePositive(epsilon, "epsilon")
    (self.image, isImage, self.epsilon) = (image, true, epsilon)
  }

  /// Of each of the numbers of a row.
  /// - Throws: ``SolverError`` for a width below 1, or unless `epsilon > 0`.
  public init(_ width: Int, epsilon: Double = 1e-5) throws(SolverError) {
    try SolverError.requirePositive(epsilon, "epsilon")
    do { image = try ImageShape(channels: width, height: 1, width: 1) } catch {
      throw .shape(error)
    }
    (isImage, self.epsilon) = (false, epsilon)
  }

  /// Numbers per sample.
  public var inputs: Int { image.count }
  /// As ``inputs``.
  public var outputs: Int { image.count }
  /// The image, if it is one.
  public var inputImage: ImageShape? { isImage ? image : nil }
  /// As ``inputImage``.
  public var outputImage: ImageShape? { inputImage }

  /// `weight` and `bias`, which are trained, and `running_mean` and `running_var`, which are measured.
  public var parameters: [ParameterShape] {
    [("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1)].map {
      ParameterShape(name: $0, shape: [image.channels], fanIn: 0, start: $1)
    }
  }

  /// `false`: the gradient looks at mean and variance, which stand among the parameters.
  public var isAffineInParameters: Bool { false }

  /// Each channel times `weight / sqrt(variance + epsilon)`. Cost: one pass.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let scales = scales(theta)
    forEachChannel(of: x, into: &z, on: pool, finish) { c, x, z, count in
      S.combine(scales[c], x, 0, x, into: z, count: count)
    }
  }

  /// `bias - mean weight / sqrt(variance + epsilon)`.
  public func offset<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S>? {
    let scales = scales(theta)
    var bias = theta[1]
    for c in 0..<image.channels { bias[c] -= theta[2].scalars[c] * scales[c] }
    return image.spread(bias)
  }

  /// The stage is its own adjoint.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    apply(theta, to: r, into: &u, on: pool, finish: finish)
  }

  /// The residuals, and the inputs normalised: `z` is affine in weight and bias with these.
  public func gradientFactors<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, at x: Tensor<S>, on pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>) {
    var unit = theta
    (unit[0], unit[1]) = (
      Tensor(repeating: 1, shape: theta[0].shape), Tensor(shape: theta[1].shape)
    )
    var normalised = Tensor<S>(shape: x.shape)
    apply(unit, to: x, into: &normalised, on: pool)
    if let offset = offset(unit) { normalised.addToRows(offset, on: pool) }
    return (r, normalised)
  }

  /// Sums of residuals times normalised inputs, and of residuals; nothing for mean and variance.
  public func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    let whole = 0..<image.channels
    image.channelDots(r, x, on: pool).map { scale * S($0) }.withUnsafeBufferPointer {
      if let sums = $0.baseAddress { body(0, whole, sums) }
    }
    image.biasGradient(of: r, scale: scale, on: pool) { body(1, $0, $1) }
  }

  /// Two equations for each channel. Cost: three passes.
  public func implicitStep<S: TensorScalar>(
    _ theta: inout [Tensor<S>], residual r: Tensor<S>, at x: Tensor<S>, scale: S, tau: S,
    relaxation: S, on pool: WorkerPool
  ) throws(SolverError) {
    let (rx, xx) = (image.channelDots(r, x, on: pool), image.channelDots(x, x, on: pool))
    let r = image.channelSums(of: r, scale: scale, on: pool)
    let sums = image.channelSums(of: x, scale: scale, on: pool)
    for c in 0..<image.channels {
      let a = scale * S(xx[c]) + 1 / tau
      let d = scale * S(x.rows * image.height * image.width) + 1 / tau
      let (b, u, v) = (sums[c], scale * S(rx[c]), r[c])
      let determinant = a * d - b * b
      guard determinant > 0, determinant.isFinite else {
        throw .notPositiveDefinite(what: "the curvature of a normalisation's weights")
      }
      theta[0][c] -= relaxation * (d * u - b * v) / determinant
      theta[1][c] -= relaxation * (a * v - b * u) / determinant
    }
  }

  /// The greatest squared scale; exact.
  public func squaredNorm<S: TensorScalar>(
    _ theta: [Tensor<S>], vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    scales(theta).reduce(0) { max($0, $1 * $1) }
  }

  /// Each channel's sum, then each channel's sum of squares, then the numbers in a channel.
  public func statisticSums<S: TensorScalar>(
    of x: Tensor<S>, on pool: WorkerPool
  ) -> Tensor<Double> {
    let count = Double(x.rows * image.height * image.width)
    let sums = image.channelSums(of: x, scale: 1, on: pool).scalars.map { Double($0) }
    return Tensor(rows: [sums + image.channelDots(x, x, on: pool) + [count]])
  }

  /// `mean <- keep mean + (1 - keep) mean of x`, and the same for the variance.
  public func renewStatistics<S: TensorScalar>(
    of theta: inout [Tensor<S>], from sums: Tensor<Double>, keeping keep: S
  ) {
    let (sums, channels) = (sums.scalars, image.channels)
    let count = max(sums[2 * channels], 1)
    for c in 0..<channels {
      let mean = sums[c] / count
      let variance = max(sums[channels + c] / count - mean * mean, 0)
      theta[2][c] = keep * theta[2][c] + (1 - keep) * S(mean)
      theta[3][c] = keep * theta[3][c] + (1 - keep) * S(variance)
    }
  }
}

extension BatchNormalisation {
  /// `weight / sqrt(variance + epsilon)`.
  private func scales<S: TensorScalar>(_ theta: [Tensor<S>]) -> [S] {
    zip(theta[0].scalars, theta[3].scalars).map { $0 / ($1 + S(epsilon)).squareRoot() }
  }

  private func forEachChannel<S: TensorScalar>(
    of x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    _ finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?,
    _ body: (Int, UnsafePointer<S>, UnsafeMutablePointer<S>, Int) -> Void
  ) {
    precondition(
      x.shape == z.shape && x.columns == image.count,
      "matrices of shapes \(x.shape) and \(z.shape) at a normalisation of \(image)")
    let plane = image.height * image.width
    x.withPointer { x in
      z.forEachBand(on: pool) { tile, z in
        for row in tile.rows {
          for c in 0..<image.channels {
            let start = row * image.count + c * plane
            body(c, x + start, z + start, plane)
          }
        }
        finish?(tile, z)
      }
    }
  }
}
