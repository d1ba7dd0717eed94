import Tensors

/// An orthonormal wavelet, by its lowpass filter `h`; the highpass is `g_k = (-1)^k h_{n-1-k}`.
public enum Wavelet: String, Sendable, CaseIterable {
  /// Two taps, piecewise constant. Source: Haar, Mathematische Annalen 69, 1910.
  case haar
  /// Four taps, two vanishing moments: the details of slopes are 0. Source: Daubechies, Communications on
  /// Pure and Applied Mathematics 41, 1988.
  case daubechies4

  /// `h`; its squares add up to 1, its numbers to `sqrt(2)`.
  public var lowpass: [Double] {
    switch self {
    case .haar: return Array(repeating: 0.5.squareRoot(), count: 2)
    case .daubechies4:
      let root = 3.0.squareRoot()
      return [1 + root, 3 + root, 3 - root, 1 - root].map { $0 / 32.0.squareRoot() }
    }
  }

  /// `g`.
  public var highpass: [Double] {
    lowpass.reversed().enumerated().map { $0.offset.isMultiple(of: 2) ? $0.element : -$0.element }
  }
}
