/// The closure of the range of a scalar activation, an interval, and whether `sigma` takes its ends.
///
/// Nothing is tabulated: the range of `sigma = prox_psi` is the domain of the subdifferential of `psi`. An end
/// is what `sigma` tends to at infinity, if `psi` is infinite beyond it; it is taken where `psi` arrives with a
/// finite slope (rectifiers, clips), and not where the slope is infinite (tanh, sigmoid, softplus).
public struct ActivationRange: Sendable, Equatable {
  /// The infimum; `-infinity` if there is none.
  public let lower: Double
  /// The supremum; `infinity` if there is none.
  public let upper: Double
  /// Whether `sigma(z) = lower` for some `z`.
  public let takesLower: Bool
  /// Whether `sigma(z) = upper` for some `z`.
  public let takesUpper: Bool

  /// The range of an activation. Cost: some ten evaluations of `psi`.
  public init(of activation: some SeparableActivation) {
    (lower, takesLower) = Self.end(of: activation, towards: -1)
    (upper, takesUpper) = Self.end(of: activation, towards: 1)
  }

  private static func end(
    of activation: some SeparableActivation, towards sign: Double
  ) -> (bound: Double, isTaken: Bool) {
    let bound: Double = activation.activation(sign * 1e100)
    let beyond: Double = activation.value(of: bound + sign * 1e-3 * (1 + abs(bound)))
    guard bound.isFinite, !beyond.isFinite else { return (sign * .infinity, false) }
    let atBound: Double = activation.value(of: bound)
    func slope(_ distance: Double) -> Double {
      (activation.value(of: bound - sign * distance) - atBound) / distance
    }
    // Logarithms and roots steepen by 2 and more between the two, finite slopes by nothing.
    let (near, nearer) = (slope(1e-6), slope(1e-9))
    return (bound, atBound.isFinite && abs(nearer - near) <= 1e-2 * (1 + abs(near)))
  }

  /// Whether every number lies in it.
  public var isWhole: Bool { lower == -.infinity && upper == .infinity }
}

extension SeparableActivation {
  /// The closure of the range of `sigma`.
  public var range: ActivationRange { ActivationRange(of: self) }
}
