import Imaging
import Lifted
import Tensors

/// What pictures go through: an operator, then normal noise.
///
/// The same seed and number of a picture, the same mask and noise.
public struct Degradation: Sendable, Equatable {
  /// Before the noise.
  public let `operator`: OperatorChoice
  /// Standard deviations of the noise in units of the range [0, 1].
  public let noise: NoiseLevels
  /// Root of the randomness.
  public let seed: UInt64

  /// A degradation of given parts.
  public init(_ operator: OperatorChoice, noise: NoiseLevels, seed: UInt64) {
    (self.operator, self.noise, self.seed) = (`operator`, noise, seed)
  }

  /// The standard deviation of the noise on a picture: one of the levels, uniformly.
  public func sigma(of picture: Int) -> Double {
    guard noise.isRange else { return noise.most }
    var stream = RandomStream(seed: seed, .noise, lane: 1 << 63 | UInt64(picture))
    return noise.least + (noise.most - noise.least) * stream.uniform()
  }

  /// What is measured of a picture.
  /// - Parameters:
  ///   - picture: shape `(channels, height, width)`; rows and columns beyond a multiple of the operator's
  ///     block are cut off.
  ///   - number: tells pictures apart, below 2^24.
  ///   - pool: shares the work.
  /// - Throws: `ImagingError` where the operator does not go with the picture.
  public func measure(
    _ picture: Tensor<Float>, number: Int, on pool: WorkerPool
  ) throws -> (clean: Tensor<Float>, measurement: Measurement) {
    let clean = picture.cut(toMultiplesOf: `operator`.block)
    let map = try `operator`.map(on: clean.pictureShape, seed: seed, picture: number)
    let sigma = sigma(of: number)
    var y = map.apply(clean.asBatch, on: pool)
    Noise.gaussian(sigma: sigma).add(to: &y, seed: seed, first: number, on: pool)
    return (clean, Measurement(y, of: `operator`, by: map, sigma: sigma, on: pool))
  }
}

/// What is measured of one picture.
public struct Measurement: Sendable {
  /// The numbers measured, shape `(1, channels, height, width)` of the operator's output.
  public let y: Tensor<Float>
  /// `A^* y`, shape `(1, channels, height, width)` of the picture: what networks are given.
  public let data: Tensor<Float>
  /// The kind of operator.
  public let `operator`: OperatorChoice
  /// `A`.
  public let map: any LinearOperator
  /// Standard deviation of the noise.
  public let sigma: Double

  /// A measurement by an operator.
  public init(
    _ y: Tensor<Float>, of operator: OperatorChoice, by map: any LinearOperator, sigma: Double,
    on pool: WorkerPool
  ) {
    (self.y, self.operator, self.map, self.sigma) = (y, `operator`, map, sigma)
    data = `operator`.isNone ? y : map.adjoint(of: y, on: pool)
  }

  /// The measurement as a picture in [0, 1]: pixels that a mask leaves out are 0, block means are means.
  public var picture: Tensor<Float> {
    guard !`operator`.hasMask else { return data }
    var picture = y
    if `operator`.block > 1 { picture.scale(by: 1 / Float(`operator`.block)) }
    return picture
  }

  /// Extents of the picture.
  public var shape: ImageShape { map.input }

  /// The pixels that something is measured of all around: all, or those where a blur does not reach over
  /// the border.
  var observed: PixelMask? { (map as? Blur).flatMap { $0.border == .valid ? $0.observed : nil } }

  /// The operator on one channel of a part of the picture. Beyond it nothing is known.
  func map(ofChannelsOn window: PixelWindow) throws -> any LinearOperator {
    let part = try ImageShape(
      channels: 1, height: window.rows.count, width: window.columns.count)
    if let mask = map as? Mask { return try Mask(part, keeping: mask.mask.cut(to: window)) }
    return try `operator`.map(on: part, seed: 0)
  }
}
