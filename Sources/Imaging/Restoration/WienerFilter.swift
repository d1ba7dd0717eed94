import RealModule
import Tensors

/// The linear filter of least expected squared error for a circular blur `K` and white noise, in the
/// Fourier domain:
///
///     X = conj(K) Y / (|K|^2 + N / S)
///
/// `N/S`, noise power over signal power, is a constant or, since natural pictures have power like
/// `1/|omega|^2`, `noiseToSignal |omega|^2` with `|omega|^2 = 4 sin^2(pi u / height) + 4 sin^2(pi v / width)`.
/// Linear and circular, so edges ring; the yardstick of all deblurring.
///
/// Source: Wiener, Extrapolation, Interpolation, and Smoothing of Stationary Time Series, 1949.
public struct WienerFilter: Sendable {
  /// How the power of pictures is spread over frequencies.
  public enum Spectrum: String, Sendable, Codable, CaseIterable {
    /// The same power at all frequencies.
    case white
    /// Power like `1/|omega|^2`.
    case natural
  }

  /// Extents of the pictures.
  public let shape: ImageShape
  private let filter: CircularFilter

  /// - Throws: ``ImagingError`` unless the blur is circular and `noiseToSignal > 0`.
  public init(
    _ blur: Blur, noiseToSignal: Double, spectrum: Spectrum = .natural
  ) throws(ImagingError) {
    guard blur.border == .circular else {
      throw .unsuitable(
        "a Wiener filter needs a circular blur; restore a valid one by TotalVariationRestoration")
    }
    try ImagingError.require(
      noiseToSignal > 0, "WienerFilter", "noiseToSignal", noiseToSignal,
      "a finite number greater than 0")
    shape = blur.input
    let (height, width) = (shape.height, shape.width)
    let columns = width / 2 + 1
    var transfer = blur.filter.transfer
    for u in 0..<height {
      for v in 0..<columns {
        let i = 2 * (u * columns + v)
        let (re, im) = (transfer[i], transfer[i + 1])
        let ratio =
          switch spectrum {
          case .white: noiseToSignal
          case .natural: noiseToSignal * (Self.power(u, height) + Self.power(v, width))
          }
        let denominator = re * re + im * im + ratio
        (transfer[i], transfer[i + 1]) =
          denominator > 0 ? (re / denominator, -im / denominator) : (0, 0)
      }
    }
    filter = CircularFilter(shape, transfer: transfer)
  }

  /// `4 sin^2(pi u / extent)`
  private static func power(_ u: Int, _ extent: Int) -> Double {
    let sine = Double.sin(Double.pi * Double(u) / Double(extent))
    return 4 * sine * sine
  }

  /// The restored pictures of a batch, one in each row.
  public func restore<S: TensorScalar>(_ y: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
    filter.apply(y, on: pool)
  }
}
