/// A parameter outside its admissible range.
public struct ProximalError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The function that was to be made: `SoftThreshold`.
  public let function: String
  /// The parameter's label: `alpha`.
  public let parameter: String
  /// What was given.
  public let value: Double
  /// What would be accepted: `a finite number >= 0`.
  public let admissible: String

  /// `SoftThreshold: alpha = -1.0, but alpha must be a finite number >= 0`
  public var description: String {
    "\(function): \(parameter) = \(value), but \(parameter) must be \(admissible)"
  }

  /// Refuses `value` unless the condition holds (and the value is finite).
  static func require(
    _ condition: Bool, _ function: String, _ parameter: String, _ value: Double,
    _ admissible: String
  ) throws(ProximalError) {
    guard condition && value.isFinite else {
      throw ProximalError(
        function: function, parameter: parameter, value: value, admissible: admissible)
    }
  }
}
