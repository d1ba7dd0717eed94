import RealModule

/// How the step size changes while training: a factor on it.
public enum Schedule: String, Sendable, Codable, CaseIterable {
  /// 1 throughout.
  case constant
  /// From 1 to 0 along half a cosine.
  case cosine
  /// `1 / (1 + 9 t)`: from 1 to a tenth, for implicit steps.
  case inverse

  /// The factor when the fraction `t` in [0, 1] of the training is done.
  public func factor(at t: Double) -> Double {
    switch self {
    case .constant: 1
    case .cosine: (1 + Double.cos(.pi * min(max(t, 0), 1))) / 2
    case .inverse: 1 / (1 + 9 * t)
    }
  }
}
