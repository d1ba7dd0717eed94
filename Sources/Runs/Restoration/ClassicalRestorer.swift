import Imaging
import Lifted
import Tensors

/// Restores a picture from what is measured of it.
public protocol RestorationMethod: Sendable {
  /// The restored picture, shape `(1, channels, height, width)`.
  /// - Throws: an error of one line where the method does not go with the operator.
  func restore(_ measurement: Measurement, on pool: WorkerPool) throws -> Tensor<Float>
}

extension PictureRestorer: RestorationMethod {}

/// A method without learning: the yardstick for networks.
public struct ClassicalRestorer: RestorationMethod {
  /// What is done.
  public enum Kind: String, Sendable, CaseIterable {
    /// Total variation, for every operator. See `TotalVariationRestoration`.
    case tv
    /// Non-local means, for denoising. See `NonLocalMeans`.
    case nlm
    /// The Wiener filter, for circular blurs. See `WienerFilter`.
    case wiener
  }

  /// What is done.
  public let kind: Kind
  /// The weight of the total variation, the filtering of non-local means, or the noise-to-signal ratio of
  /// the Wiener filter; `nil` for a multiple of the noise.
  public let weight: Double?

  /// A method with its weight.
  public init(_ kind: Kind, weight: Double? = nil) { (self.kind, self.weight) = (kind, weight) }

  public func restore(_ measurement: Measurement, on pool: WorkerPool) throws -> Tensor<Float> {
    let (y, sigma) = (measurement.y, max(measurement.sigma, 1e-4))
    switch kind {
    case .tv:
      let usual =
        measurement.operator.isNone
        ? Self.denoisingShare * sigma : max(Self.inversionShare * sigma, Self.leastWeight)
      return try TotalVariationRestoration(weight: weight ?? usual)
        .restore(y, by: measurement.map, on: pool).pictures
    case .nlm:
      guard measurement.operator.isNone else {
        throw ImagingError.unsuitable(
          "non-local means only remove noise; with an operator take --method tv")
      }
      return try NonLocalMeans(sigma: sigma, filtering: weight)
        .denoise(y, shape: measurement.shape, on: pool)
    case .wiener:
      guard let blur = measurement.map as? Blur else {
        throw ImagingError.unsuitable(
          "a Wiener filter only undoes blurs; take --method tv, or nlm for noise")
      }
      let power = Self.signal * Self.signal
      return try WienerFilter(blur, noiseToSignal: weight ?? sigma * sigma / power).restore(
        y, on: pool)
    }
  }

  /// Weights of the total variation by the noise, chosen on natural pictures.
  private static let denoisingShare = 0.72
  private static let inversionShare = 0.05
  private static let leastWeight = 5e-4
  /// Of natural pictures: standard deviation of the differences of neighbours.
  private static let signal = 0.1
}
